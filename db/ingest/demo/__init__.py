"""The generated city: Los Angeles made up, with the rhythm of the real one (docs/demo.md)."""

from db.ingest.demo.city import CITY, DEFAULT_SEED, DemoCity, demo_needs_renewal, generate, make_demo

__all__ = ["CITY", "DEFAULT_SEED", "DemoCity", "demo_needs_renewal", "generate", "make_demo"]
