"""Forms of the admin: they parse, and put each refusal next to its field.

fields.py     text that becomes JSON, lists and entries
saving.py     what the forms share: the tenant's own rows, and refusals by field
"""
