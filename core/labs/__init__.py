"""The labs' numbers: one idea per module, every number from a real tensor."""
