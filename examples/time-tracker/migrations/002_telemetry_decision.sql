-- What was decided about telemetry, where `--decision database` keeps it: see src/decision.rs.
-- Unlike everywhere else, times in these tables are Unix milliseconds.

-- At most one row. A change replaces the row whose epoch it has read, and no other.
CREATE TABLE telemetry_decision (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    epoch     INTEGER NOT NULL,
    record    TEXT    NOT NULL,
    -- The database file in which a yes was given: a copy of the file does not carry it.
    file_mark TEXT
) STRICT;

CREATE TABLE telemetry_receipts (
    n    INTEGER PRIMARY KEY,
    line TEXT    NOT NULL
) STRICT;

-- Records that could not be read and were replaced by an explicit decision.
CREATE TABLE telemetry_unreadable (
    n      INTEGER PRIMARY KEY,
    record TEXT NOT NULL
) STRICT;

-- One row for every request under way, and one for everybody who waits for those.
CREATE TABLE telemetry_senders (
    nonce      TEXT    PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE telemetry_drains (
    nonce      TEXT    PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
