"""The fault clinic: a bug is planted into a live run, and named from its numbers alone."""

import streamlit as st

from pages.ui.clinic import reception, ward

if run := st.query_params.get(reception.RUN):
    ward.show(run)
else:
    reception.show()
