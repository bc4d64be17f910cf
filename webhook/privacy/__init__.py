"""What is held of people: handed over, kept for its time, erased; `docs/privacy.md` is its page.

| to know | look into |
|---|---|
| where it is | `holdings` |
| an erasure, and how it is carried out | `erasure`, `erasures` |
| what is over by KEEP_DAYS, and the job that deletes it | `places`, `retention` |
| what stands in an export, and how it is gathered and written | `export`, `export_index`, `exports`, `archive` |
| a record that this release cannot read | `raw_records` |
"""
