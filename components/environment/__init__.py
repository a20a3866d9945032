"""All of one environment: its namespace, its network policies, its metrics, and what every object carries."""
