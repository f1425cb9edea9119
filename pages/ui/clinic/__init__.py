"""The fault clinic's page in parts: reception, ward, what is told, the score."""
