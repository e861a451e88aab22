"""Write all generated files: `make generate`."""

from __future__ import annotations

from tests.generators import declared, documents, jobs_api, schemas

if __name__ == "__main__":
    jobs_api.main()
    documents.main()
    declared.main()
    schemas.main()
