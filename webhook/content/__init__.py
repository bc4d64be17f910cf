"""Content: the YAML and Markdown that designers write, turned into the frozen values of `webhook.interview.flow`.

This package is the only opener of `flows/` and `prompts/`, and the only home of the YAML, template and condition
libraries. `load.check_file` and `load.read_folder` give flows together with every finding; `library.Library` is what
the service holds while it runs.
"""
