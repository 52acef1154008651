"""Pricingsite: the map of the package.

Layers, from the outside in; each imports downward only (import-linter holds it):

    app            create_app(), a table of contents
    cli            `flask …` commands            blueprints   pages: parse, one service call, render
    web            what blueprints share         forms        strings to frozen commands
    integrations   the only sockets: e-mail
    services       one verb per use case: (session, …, now) -> result; may flush, never commits
    models         the tables
    database       engine, session, SQLite's pragmas
    settings       every setting                 pricing      money, structures, periods, bills

The file names inside each layer are the same nouns, so a feature reads as a column: catalog,
customers, schedules, checkout, usage, estimates, access, outbox. `demo` and `migrations` hold data
and scripts.
"""
