"""Our own database: marks, memory, the outbox and its journal. What must survive is committed here first."""
