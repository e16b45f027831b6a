-- The desk as it was first kept in PostgreSQL. Every key begins with the workspace, a team's ID.
-- `document` is a record as storage/tinydb writes it; what stands beside it is what records are found by.

CREATE TABLE deskhand.workspaces (
    workspace text PRIMARY KEY,
    document jsonb NOT NULL,                 -- the Workspace
    version bigint NOT NULL,                 -- of its last commit: each is one more than the one before
    born bigint NOT NULL,                    -- the version it began with, which no earlier workspace of this team ever had
    last_number integer NOT NULL DEFAULT 0,  -- of its newest ticket
    people_at bigint NOT NULL DEFAULT 0,     -- the version that last changed people, groups or channels
    items_at bigint NOT NULL DEFAULT 0,      -- … the directory
    settings_at bigint NOT NULL DEFAULT 0,   -- … what its admins have chosen, or its channels' IDs
    used_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- What each replica committed last: where the answer to a commit was lost, its outcome is looked up here.
CREATE TABLE deskhand.commits (
    workspace text NOT NULL,
    replica uuid NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, replica)
) WITH (fillfactor = 50);

CREATE TABLE deskhand.holds (
    name text PRIMARY KEY,
    holder text NOT NULL,
    number bigint NOT NULL,
    ends_at timestamptz NOT NULL,
    -- A renewal changes no key. So it waits for no commit that requires the hold, and takes no other hold's renewal with it.
    UNIQUE (name, holder, number)
);

CREATE TABLE deskhand.tickets (
    workspace text NOT NULL,
    number integer NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL,
    priority smallint NOT NULL,              -- its place in the contract's list: 0 is the lowest
    type text NOT NULL,
    assignee text,
    queue text,
    customer text NOT NULL,
    requester text NOT NULL,
    due timestamptz,
    created timestamptz NOT NULL,
    response_late boolean NOT NULL,
    visibility text NOT NULL,
    visible_since timestamptz,
    cards jsonb NOT NULL DEFAULT '[]',       -- changed by itself, in the room that its page has left: no index is touched
    document jsonb NOT NULL,
    PRIMARY KEY (workspace, number),
    UNIQUE (workspace, id)
) WITH (fillfactor = 80);

-- All that a list may ask for stands in those in whose order most lists are: nothing else is read, whatever they ask.
CREATE INDEX ON deskhand.tickets (workspace, number)
    INCLUDE (status, priority, type, assignee, queue, customer, requester, due, created, response_late, visibility)
    WHERE status IN ('new', 'triaged', 'assigned', 'in_progress', 'on_hold');
CREATE INDEX ON deskhand.tickets (workspace, priority, number)
    INCLUDE (status, type, assignee, queue, customer, requester, due, created, response_late, visibility);
CREATE INDEX ON deskhand.tickets (workspace, due, number)
    INCLUDE (status, priority, type, assignee, queue, customer, requester, created, response_late, visibility)
    WHERE due IS NOT NULL;
-- What stands behind the number narrows and sorts within the index.
CREATE INDEX ON deskhand.tickets (workspace, status, number, priority, type, queue, assignee, due, created);
CREATE INDEX ON deskhand.tickets (workspace, type, number, status, priority, queue, assignee, due, created);
CREATE INDEX ON deskhand.tickets (workspace, assignee, number, status, priority, type, queue, due, created);
CREATE INDEX ON deskhand.tickets (workspace, queue, number, status, priority, type, assignee, due, created);
CREATE INDEX ON deskhand.tickets (workspace, customer, number, status, priority, due);
CREATE INDEX ON deskhand.tickets (workspace, requester, number, status, priority, due);
CREATE INDEX ON deskhand.tickets (workspace, number) WHERE response_late;
CREATE INDEX ON deskhand.tickets (workspace, visibility, number, status, priority, due, visible_since)
    WHERE visibility <> 'workspace_local';
-- The first and the last times in each 8,192 tickets: where a list need not look at all.
CREATE INDEX ON deskhand.tickets (workspace, (number >> 13), created);
-- Due times stand there in a way of their own: by the index of all due times, which looks quicker, it would take as long as all.
CREATE INDEX ON deskhand.tickets (workspace, (number >> 13), (due AT TIME ZONE 'UTC')) WHERE due IS NOT NULL;

-- What tickets say. It has a table of its own, since it seldom changes, and its index costs more than all others. Beside it stands
-- what lists narrow words by, and no index has that: so it is changed in the room that its page has left.
CREATE TABLE deskhand.words (
    workspace text NOT NULL,
    number integer NOT NULL,
    priority smallint NOT NULL,
    response_late boolean NOT NULL,
    due timestamptz,
    created timestamptz NOT NULL,
    status text NOT NULL,
    type text NOT NULL,
    visibility text NOT NULL,
    assignee text,
    queue text,
    customer text NOT NULL,
    requester text NOT NULL,
    words text NOT NULL,                     -- those of its texts, each between line ends
    parts bigint[] NOT NULL,                 -- what these begin with, and their three letters
    PRIMARY KEY (workspace, number)
) WITH (fillfactor = 90);
CREATE INDEX ON deskhand.words USING gin (parts) WITH (fastupdate = off);

CREATE TABLE deskhand.history (
    workspace text NOT NULL,
    number integer NOT NULL,
    version integer NOT NULL,
    what text NOT NULL,
    document jsonb NOT NULL,
    PRIMARY KEY (workspace, number, version)
);

-- Idempotency keys, which are forgotten after a time.
CREATE TABLE deskhand.keys (
    workspace text NOT NULL,
    key text NOT NULL,
    number integer NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (workspace, key)
);
CREATE INDEX ON deskhand.keys (workspace, at);

-- The messages that tickets were made from, and those that their threads hang on.
CREATE TABLE deskhand.origins (workspace text NOT NULL, key text NOT NULL, number integer NOT NULL, PRIMARY KEY (workspace, key));
CREATE TABLE deskhand.places (workspace text NOT NULL, key text NOT NULL, number integer NOT NULL, PRIMARY KEY (workspace, key));

CREATE TABLE deskhand.jobs (
    workspace text NOT NULL,
    id uuid NOT NULL,
    position bigint GENERATED BY DEFAULT AS IDENTITY,  -- in which they were first enqueued
    due_at timestamptz NOT NULL,
    set_aside text,
    document jsonb NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX ON deskhand.jobs (workspace, position);
CREATE INDEX ON deskhand.jobs (due_at, workspace) WHERE set_aside IS NULL;
CREATE INDEX ON deskhand.jobs (workspace, set_aside) WHERE set_aside IS NOT NULL;

CREATE TABLE deskhand.comments (
    workspace text NOT NULL,
    key text NOT NULL,
    number integer NOT NULL,
    at timestamptz NOT NULL,
    position bigint GENERATED BY DEFAULT AS IDENTITY,
    internal boolean NOT NULL,
    heard boolean NOT NULL,
    document jsonb NOT NULL,
    PRIMARY KEY (workspace, key)
);
CREATE INDEX ON deskhand.comments (workspace, number, at, position);

CREATE TABLE deskhand.homes (workspace text NOT NULL, "user" text NOT NULL, document jsonb NOT NULL, PRIMARY KEY (workspace, "user"));

CREATE TABLE deskhand.drafts (
    workspace text NOT NULL,
    nonce text NOT NULL,
    created timestamptz NOT NULL,
    document jsonb NOT NULL,
    PRIMARY KEY (workspace, nonce)
);
CREATE INDEX ON deskhand.drafts (workspace, created);

CREATE TABLE deskhand.timers (
    workspace text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL,
    position bigint GENERATED BY DEFAULT AS IDENTITY,  -- in which those of one moment act
    document jsonb NOT NULL,
    PRIMARY KEY (workspace, subject)
);
CREATE INDEX ON deskhand.timers (workspace, at, position);
CREATE INDEX ON deskhand.timers (at, workspace);

-- Other workspaces' tickets: their cards here, where these stand, the comments below them, and what was written here.
CREATE TABLE deskhand.mirrors (workspace text NOT NULL, key text NOT NULL, document jsonb NOT NULL, PRIMARY KEY (workspace, key));
CREATE TABLE deskhand.mirror_places (
    workspace text NOT NULL,
    key text NOT NULL,
    mirror text NOT NULL,
    PRIMARY KEY (workspace, key)
);
CREATE TABLE deskhand.mirror_copies (
    workspace text NOT NULL,
    key text NOT NULL,
    mirror text NOT NULL,
    position bigint GENERATED BY DEFAULT AS IDENTITY,
    document jsonb NOT NULL,
    PRIMARY KEY (workspace, key)
);
CREATE INDEX ON deskhand.mirror_copies (workspace, mirror, position);
CREATE TABLE deskhand.written_here (workspace text NOT NULL, key text NOT NULL, document jsonb NOT NULL, PRIMARY KEY (workspace, key));
CREATE TABLE deskhand.taken_over (workspace text NOT NULL, key text NOT NULL, PRIMARY KEY (workspace, key));

-- `changed` is the workspace's version that wrote a person last.
CREATE TABLE deskhand.people (
    workspace text NOT NULL,
    id text NOT NULL,
    position bigint GENERATED BY DEFAULT AS IDENTITY,
    changed bigint NOT NULL,
    document jsonb NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX ON deskhand.people (workspace, changed);
CREATE TABLE deskhand.groups (workspace text NOT NULL, id text NOT NULL, position bigint GENERATED BY DEFAULT AS IDENTITY, document jsonb NOT NULL, PRIMARY KEY (workspace, id));
CREATE TABLE deskhand.channels (workspace text NOT NULL, channel text NOT NULL, position bigint GENERATED BY DEFAULT AS IDENTITY, document jsonb NOT NULL, PRIMARY KEY (workspace, channel));

-- The directory. `changed` is the workspace's version that wrote an item last.
CREATE TABLE deskhand.items (
    workspace text NOT NULL,
    kind text NOT NULL,
    id text NOT NULL,
    position bigint GENERATED BY DEFAULT AS IDENTITY,
    changed bigint NOT NULL,
    document jsonb NOT NULL,
    PRIMARY KEY (workspace, kind, id)
);
CREATE INDEX ON deskhand.items (workspace, changed);

-- Of each kind a workspace has one: `settings`, `roster` (how far people have been read), `channel_ids`.
CREATE TABLE deskhand.singles (workspace text NOT NULL, kind text NOT NULL, document jsonb NOT NULL, PRIMARY KEY (workspace, kind));

-- The deployment: what belongs to no single workspace.
CREATE TABLE deskhand.versions (kind text PRIMARY KEY, version bigint NOT NULL);  -- of what replicas keep in memory
-- `changed`: the version of `installations` that wrote it last.
CREATE TABLE deskhand.installations (
    id text PRIMARY KEY,
    position bigint GENERATED BY DEFAULT AS IDENTITY,
    changed bigint NOT NULL,
    plain jsonb NOT NULL,                    -- all of it but its tokens
    tokens text NOT NULL                     -- encrypted
);
CREATE INDEX ON deskhand.installations (changed);
CREATE TABLE deskhand.oauth_states (digest text PRIMARY KEY, expires_at timestamptz NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE deskhand.partnerships (key text PRIMARY KEY, first text NOT NULL, second text NOT NULL, document jsonb NOT NULL);
CREATE INDEX ON deskhand.partnerships (first);
CREATE INDEX ON deskhand.partnerships (second);
CREATE TABLE deskhand.joins (teams text[] PRIMARY KEY, position bigint GENERATED BY DEFAULT AS IDENTITY);

-- A ticket that others may read, once for each reader: the columns of tickets, as it has left its home.
CREATE TABLE deskhand.shared (
    reader text NOT NULL,                    -- `home>team`, or `home>*` for all that are joined with it
    home text NOT NULL,
    number integer NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL,
    priority smallint NOT NULL,
    type text NOT NULL,
    assignee text,
    queue text,                              -- folded
    customer text NOT NULL,
    requester text NOT NULL,
    due timestamptz,
    created timestamptz NOT NULL,
    response_late boolean NOT NULL,
    visibility text NOT NULL,
    visible_since timestamptz,
    words text NOT NULL,
    parts bigint[] NOT NULL,
    document jsonb NOT NULL,                 -- the SharedTicket
    PRIMARY KEY (reader, number)
);
CREATE INDEX ON deskhand.shared (home, number);
CREATE INDEX ON deskhand.shared (id);
CREATE INDEX ON deskhand.shared (reader, created);
CREATE INDEX ON deskhand.shared (reader, status, created);
CREATE INDEX ON deskhand.shared USING gin (parts) WITH (fastupdate = off);

CREATE TABLE deskhand.told (
    home text NOT NULL,
    number integer NOT NULL,
    position bigint GENERATED BY DEFAULT AS IDENTITY,
    version integer NOT NULL,
    document jsonb NOT NULL,
    PRIMARY KEY (home, number)
);
CREATE INDEX ON deskhand.told (home, position);

-- What `deskhand copy` has put here so far. As long as there is a row, no Deskhand starts.
CREATE TABLE deskhand.copying (
    workspace text NOT NULL,                 -- empty for the deployment
    kind text NOT NULL,                      -- a table, or `begun`
    rows bigint NOT NULL,
    source text,
    PRIMARY KEY (workspace, kind)
);
