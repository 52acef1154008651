"""The API described as OpenAPI: for each noun its operations and the schemas that they speak of."""
