-- Times are Unix seconds in UTC. Names compare without regard to (ASCII) case.

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    password_hash TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('administrator', 'user')),
    state         TEXT    NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
    time_zone     TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

-- Only the SHA-256 of a session's token is stored: a stolen database signs nobody in.
CREATE TABLE sessions (
    token_hash BLOB    PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE clients (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    note        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    archived_at INTEGER
) STRICT;

CREATE TABLE projects (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id   INTEGER REFERENCES clients (id) ON DELETE RESTRICT,
    name        TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    note        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    archived_at INTEGER
) STRICT;
CREATE INDEX projects_by_client ON projects (client_id);

CREATE TABLE tasks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    note       TEXT    NOT NULL,
    priority   TEXT    NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    status     TEXT    NOT NULL CHECK (status IN ('to-do', 'in-progress', 'review', 'done')),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tasks_by_project ON tasks (project_id);

-- An entry without an end is a running timer; each user has one at most.
CREATE TABLE entries (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    task_id    INTEGER REFERENCES tasks (id) ON DELETE SET NULL,
    note       TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER CHECK (ended_at >= started_at)
) STRICT;
CREATE UNIQUE INDEX one_running_entry_per_user ON entries (user_id) WHERE ended_at IS NULL;
CREATE INDEX entries_by_user ON entries (user_id, started_at);
CREATE INDEX entries_by_project ON entries (project_id);
CREATE INDEX entries_by_task ON entries (task_id);

CREATE TABLE comments (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    task_id    INTEGER REFERENCES tasks (id) ON DELETE CASCADE,
    user_id    INTEGER REFERENCES users (id) ON DELETE SET NULL,
    body       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    edited_at  INTEGER
) STRICT;
CREATE INDEX comments_by_project ON comments (project_id);
CREATE INDEX comments_by_task ON comments (task_id);
