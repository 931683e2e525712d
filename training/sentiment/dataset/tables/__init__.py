"""Bytes of any format become records, as they are needed, in flat memory: `table` tells the format.

`packing` unpacks, `archives` has members, `packed` and `folders` make one table of them. `lines`
decodes text; `delimited` reads it (`dialects`, `headers`, `shapes`, `rows`), `objects` reads JSON
(`documents`, `flat`), `fasttext`, `parquet` and `excel` (`workbook`) what their names say.
`foreign` refuses what is known to be something else. All of it runs in Lambda, too.
"""
