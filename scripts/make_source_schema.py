"""Write docs/source-file.schema.json, the JSON Schema of mapping files, from the code that reads them.

python scripts/make_source_schema.py
"""

import json
from pathlib import Path

from services.ingest.sources.mapped_file import SourceFile

TARGET = Path(__file__).parent.parent / "docs" / "source-file.schema.json"


def schema() -> dict[str, object]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **SourceFile.model_json_schema()}


def main() -> None:
    TARGET.write_text(json.dumps(schema(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
