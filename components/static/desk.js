// Tells Streamlit's page where its server is: beside this file. Else a page such as /queue first looks for it below
// itself, in vain, and the browser's console shows an error for each look.
window.__streamlit = { ...window.__streamlit, BACKEND_BASE_URL: new URL(".", document.currentScript.src).href };

// How wide the window is, in a cookie of this session: the server draws maps that fit. A phone that is turned, or a
// window that is dragged, tells it again for the next visit.
const tellWidth = () => {
  document.cookie = `desk_width=${window.innerWidth}; Path=/; SameSite=Lax`;
};
tellWidth();
window.addEventListener("resize", tellWidth);
