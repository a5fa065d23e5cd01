// Tells Streamlit's page where its server is: beside this file. Else a page such as /queue first looks for it below
// itself, in vain, and the browser's console shows an error for each look.
window.__streamlit = { ...window.__streamlit, BACKEND_BASE_URL: new URL(".", document.currentScript.src).href };
