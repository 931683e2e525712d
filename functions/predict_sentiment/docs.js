// A file of its own because the page's content security policy allows no inline script.
SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#docs", validatorUrl: null });
