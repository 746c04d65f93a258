"""The benchmark: plan, run, resume, store, tabulate, publish. Never imports `ui`."""
