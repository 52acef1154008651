"""Pricingsite: the map of the package.

Folders are layers that import downward only; import-linter checks it, inside services/ and web/
too. A noun has a file in each layer that needs one, and a folder once it has four. From the
outside in:

    app               the app factory: a table of contents

    cli/              the `flask …` commands, over the same services as the pages
      agreed_terms    options that agree a discount and a minimum
      api_keys        make, list and revoke keys for the merchant's programs
      backup          back up and restore the embedded database
      billing         draft and issue invoices
      catalog/        write, import, check, apply and show what is for sale
      check           look for broken promises about bills
      customers       list customers, and create custom deals
      demo/           a shipped example, with customers and their past
      exchange_rates  what other money is worth in the merchant's own
      group           how every command tells of a database that does not answer
      invoices/       list, show, issue, correct, settle and export invoices
      letters         the letter of an outbox message
      midnights       events of what midnights change
      named_prices    prices as commands name them
      outbox          deliver e-mails and webhooks, and claim the alerts that usage has reached
      prices          move customers from one price to another
      schedules/      show, change, pause and end what customers are on
      own_data        write all data of a customer into a file
      suspension      suspend and resume customers
      tax_id_checks   check VAT numbers online
      unverified      end and erase orders that nobody verified
      usage           import, verify, rebuild and calibrate usage
      verification    record what is verified of a customer for its tax
      webhook_delivery  deliver the events that wait
      webhooks        add, list, remove, rotate and replay endpoints

    blueprints/       pages and API: parse, ask a service, render
      access          following an e-mailed link: an invitation, a new password
      account/        a customer's own pages
      api/            what the merchant's programs call
      checkout        the order form and the order's page
      health          whether the process lives and can work
      pages           terms, privacy, and what crawlers ask for
      plans           plans, the calculator, and price lists for programs

    web/              what pages and commands share at the edge
      catalog_documents the catalog in JSON, with what is on no public page
      change_documents  changes of schedules and their quotes in JSON
      charts/         drawings from figures
      clock           the only reader of the time
      csv             CSV files to download
      customer_documents customers, their schedules and entitlements in JSON
      documents       what the site says in JSON
      formats         the template filters: figures, days, moments, phrases
      http/           errors, headers, hosts, limits, bodies, CSRF, files, kept pages
      idempotency     requests of programs that are answered once
      invoice_documents  invoices in JSON
      invoice_words   the template filters of invoices
      issuing         what the numbers of documents begin with, and the clock
      links           absolute addresses
      mails/          e-mails, rendered into the outbox
      merchant        the merchant, read once a request
      own_data        all that is stored of a customer, as one ZIP file
      price_tags      the template filters of what plans are known by
      order_keys      the order key and the prices that an order form carries
      price_list      every plan and feature for programs
      shown_prices    what an order form showed, in words
      shown_quotes    what the page of a change showed, in words
      sign_in/        users, sessions, passwords, invitations, visitors, roles, API keys
      storefront      what is for sale today, kept while the catalog is the same
      structured_data schema.org for search engines
      sweeps          work for one customer after another; one's fault holds up nobody else
      tax_notes       why a customer is taxed as it is, as template filters
      totals          the totals of bills, and which one leads
      transaction     the only commit
      unit_prices     the template filters of unit prices
      webhook_documents  events in JSON
      webhook_examples an event of each type, to show

    forms/            typed strings to frozen commands
      access          a new password
      alerts          alerts and the budget
      base            fields, their errors, a billing address
      calculator      one quantity for each metric
      checkout        the order
      customer_details a customer's details, as programs and commands give them
      choice          what is chosen of a plan: its option, quantities, add-ons
      details         a customer's details
      numbers         numbers as people type them
      plan_change     when a plan changes, and what the page showed of it
      statement       the days of a statement of account
      users           who may sign in to an account, and in which role

    integrations/     the only sockets, and files for other programs
      deadline        an end to what is read from a server
      e_invoice/      an invoice as XML: Factur-X and Peppol, by EN 16931
      mail            e-mails out: to files, or by SMTP
      pdf/            an invoice as PDF, with its fonts
      smtp            SMTP clients with a deadline
      stripe/         exports of Stripe's products and prices, as catalogs
      tax_ids         whether an online register knows a VAT number
      webhooks        events out, signed, to public addresses alone

    services/         one verb for each use case: (session, …, now) -> result; never commits
      access/         users, passwords, sessions, memberships, invitations, API keys
      alerts/         what customers choose to be told, and what bills have reached
      balances/       how far invoices are settled: payments, credit notes, reminders
      billing/        periods, what falls due in them, its tax, the first bill
      billing_run/    what fell due, made into invoices, each once
      catalog/        the catalog file: write, read, compare, apply
      changes/        changing, cancelling and ending a schedule, its money told before
      checks/         whether what is promised about bills is so
      customers/      details, tax ids, their verification, aliases, locks, what a company has once
      estimates/      the running bill, its forecast and comparisons
      invoices/       invoices and credit notes: what they say, their numbers, how to find them
      merchant        the merchant's row, its zone, today and tax rates
      messages/       the outbox, and webhooks
      orders/         placing an order, promotion codes, what it has once
      plans/          what is for sale on a day, and what it costs
      price_moves/    moving customers to a new price
      schedules/      creating, reading and confirming billing schedules
      usage/          events recorded once, rolled up by day, read as quantities

    models/           the tables
      access          users, memberships, invitations, API keys
      alerts          alerts
      catalog         metrics, products, prices, features, plans
      changes         changes of schedules, and the lines that they add to bills
      customers       customers and their aliases
      invoices        invoices, credit notes, their lines, what settles them
      merchant        the merchant and the rates of its tax
      orders          orders
      outbox          e-mails to deliver
      promotions      promotion codes, and what companies have had once
      ranges          likely ranges of usage
      schedules       billing schedules and their phases
      types           column types and identifiers
      usage           events and their daily rollups
      webhooks        endpoints, the events for them, and their deliveries

    wording/          prices, bills, periods and tax in words; knows pricing and Babel alone
      bank            how an invoice is paid, and into which account
      bills           the lines of a bill
      characters      what no name holds, by its name
      countries       the names and the codes of countries
      days            how days are written
      features        what a plan has of a feature
      figures         how money, rates, quantities and percentages are written
      headlines       what a plan is known by: the first price that usage has
      invoices        where invoices stand, and what settled them
      options         the ways to pay a plan
      periods         periods, and how often a price is billed
      prices          a price in a sentence, a class for each structure
      quantities      numbers with their units
      rates           unit prices for as many units as they are shown for
      tax             what is written beside amounts
      tax_status      why a customer is taxed as it is, and what changes that
      tiers           the ranges of tiers
      trials          trials

    database          the engine and the session
    postgresql        how a request connects to PostgreSQL

    schema            which migration a database is at

    settings          every setting and its default

    setting_rules     what each setting may be

    pricing/          money, structures, periods and the bill; the standard library alone
      aggregation     how events become a quantity
      averages        what a unit costs on average, and where that is lowest
      bill            the one function that makes a bill
      bill_terms      discounts and minimums, which apply to whole bills
      charge          the rating function
      cost_curve      what each quantity costs, as a line to draw
      errors          what pricing refuses
      examples        quantities for worked examples
      first_bill      the first bill of prices that start together
      lines           the lines of a bill, each rounded once
      money           amounts in minor units, exact decimals
      periods         billing periods and their boundaries
      position        where a customer is in a usage price
      proration       parts of a period
      service_periods which prices fall due, and for which days
      structures/     how a quantity becomes money, a module for each way
      tax             the tax of a day, a customer and a bill
      terms           what a price says: its structure, frequency, unit

    demo/             the shipped catalogs and the demo's usage: data, no code
    migrations/       Alembic's scripts
"""
