"""How the world reaches an environment: the limits of a request, the Gateway or the Ingress."""
