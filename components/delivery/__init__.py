"""Delivery: how Argo CD is told what to apply, from where, when, and who may do so."""
