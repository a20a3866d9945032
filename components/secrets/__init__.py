"""The secrets of one environment: what each Secret holds, and the two sources that it comes from."""
