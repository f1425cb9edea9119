"""The ASGI assembly: pages, own routes, middleware and lifespan, started by `streamlit run`."""

from pathlib import Path

import streamlit as st

from core.server import Server

server = Server(hosts=st.get_option("server.allowedHosts"))
app = st.App(
    Path(__file__).resolve().parent / "pages" / "frame.py",
    routes=server.routes(),
    middleware=server.middleware(),
    lifespan=server.lifespan,
)
