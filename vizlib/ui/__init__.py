"""The only room with a window: what the pages share. Nothing else in vizlib imports Streamlit."""
