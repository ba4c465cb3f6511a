"""What several pages use: the sidebar, running jobs, charts, saving, words."""
