"""Foreign files to our tables, from a TOML mapping. The format is documented in docs/mapping.md."""

from records.mapping.foreign import ForeignFiles, MappedRows, merge_problems, open_mapped

__all__ = ["ForeignFiles", "MappedRows", "merge_problems", "open_mapped"]
