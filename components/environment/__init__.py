"""All of one environment: its namespace, what every object carries, who may call whom, and what keeps it watched."""
