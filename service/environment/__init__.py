"""Where settings come from: variables `LINEWATCH_…`, a file `.env`, and what stands in them by mistake."""
