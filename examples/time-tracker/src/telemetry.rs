//! Everything that the time tracker can ever report, and nothing else.
//!
//! What is in this enum is what `docs/all_tracked_events.md` lists, what the setup page asks about, and what
//! `time-tracker telemetry preview` shows. Reading it is the privacy review; `CONTRIBUTING.md` says how to add to it.
//!
//! This is a reference application: the contact below is of a domain that is reserved for examples. Whoever publishes
//! a program puts an address there that only they read, because requests for deletion go to it.

use telemetry_core::{Catalogue, CountBucket, DurationBucket, Entity, ErrorReport, Id, PanicReport, Property, Report};

/// Somebody with an account.
#[derive(Entity)]
pub enum User {}

/// A client.
#[derive(Entity)]
pub enum Client {}

/// A project.
#[derive(Entity)]
pub enum Project {}

/// A task of a project.
#[derive(Entity)]
pub enum Task {}

/// From where a timer was started.
#[derive(Debug, Property)]
pub enum Source {
    /// The overview's timer card.
    Dashboard,
    /// The page of a project.
    ProjectPage,
    /// The page of a task, or a list of tasks.
    TaskPage,
    /// The list of entries.
    EntryList,
    /// Another page.
    Other,
}

/// What a comment is about.
#[derive(Debug, Property)]
pub enum Subject {
    /// A project.
    Project,
    /// A task.
    Task,
}

/// How urgent a task is.
#[derive(Debug, Property)]
pub enum TaskPriority {
    /// It can wait.
    Low,
    /// As usual.
    Normal,
    /// Before others.
    High,
    /// At once.
    Urgent,
}

/// How far a task is.
#[derive(Debug, Property)]
pub enum TaskStatus {
    /// Not begun.
    ToDo,
    /// Somebody works on it.
    InProgress,
    /// Somebody looks at the result.
    Review,
    /// Finished.
    Done,
}

/// What an account may do.
#[derive(Debug, Property)]
pub enum AccountRole {
    /// Everything.
    Administrator,
    /// Track time.
    User,
}

/// Why a sign-in was refused.
#[derive(Debug, Property)]
pub enum LoginFailure {
    /// The name or the password was wrong.
    Credentials,
    /// Too many attempts before it.
    Throttled,
}

/// What failed inside the program.
#[derive(Clone, Copy, Debug, ErrorReport)]
pub enum Fault {
    /// The database.
    Database,
    /// The making of a page.
    Template,
    /// Something else.
    Other,
}

/// Everything that the time tracker can ever report.
#[derive(Debug, Catalogue)]
#[catalogue(
    app = "time-tracker",
    title = "Time Tracker",
    revision = 2,
    identity = "stable",
    identity_why = "to tell how many installations use a feature, and whether they go on using it",
    resolution = "minute",
    ids = "keyed",
    context(app_version, os_family, arch, deployment),
    publisher = "the Time Tracker project",
    contact = "privacy@timetracker.example",
    retention_days = 90
)]
pub enum Tracked {
    /// The web application was started.
    ///
    /// Why: shows how many installations are in use, and how large they are.
    #[event(name = "installation.started")]
    InstallationStarted {
        /// How many accounts there are.
        users: CountBucket,
        /// How many projects there are.
        projects: CountBucket,
    },

    /// The first-run setup was completed.
    ///
    /// Why: shows how many of those who try the program get as far as using it.
    #[event(name = "setup.completed")]
    SetupCompleted,

    /// Somebody signed in.
    ///
    /// Why: shows how many installations are used by more than one person.
    #[event(name = "auth.login")]
    AuthLogin {
        /// The account.
        user_id: Id<User>,
    },

    /// A sign-in was refused.
    ///
    /// Why: shows whether people are locked out by the limit on attempts.
    #[event(name = "auth.login_failed")]
    AuthLoginFailed {
        /// Why it was refused.
        reason: LoginFailure,
    },

    /// Somebody signed out.
    ///
    /// Why: shows whether signing out is used at all, or sessions just end.
    #[event(name = "auth.logout")]
    AuthLogout {
        /// The account.
        user_id: Id<User>,
    },

    /// A timer was started.
    ///
    /// Why: shows from which pages people begin their work, so that the shortest way can be made shorter.
    #[event(name = "timer.started")]
    TimerStarted {
        /// Whose timer.
        user_id: Id<User>,
        /// The project that the time goes to.
        project_id: Id<Project>,
        /// The task, where one was chosen.
        task_id: Option<Id<Task>>,
        /// From where it was started.
        source: Source,
        /// Whether another timer was stopped by it.
        switched: bool,
    },

    /// A timer was stopped.
    ///
    /// Why: shows how long people let timers run, and so whether reminders would help.
    #[event(name = "timer.stopped")]
    TimerStopped {
        /// Whose timer.
        user_id: Id<User>,
        /// The project that the time went to.
        project_id: Id<Project>,
        /// How long it ran.
        duration: DurationBucket,
    },

    /// A client was created.
    ///
    /// Why: shows whether clients are used.
    #[event(name = "client.created")]
    ClientCreated {
        /// The client.
        client_id: Id<Client>,
    },

    /// A client's details were changed.
    ///
    /// Why: shows whether clients are kept up to date.
    #[event(name = "client.updated")]
    ClientUpdated {
        /// The client.
        client_id: Id<Client>,
    },

    /// A client was archived, or taken out of the archive.
    ///
    /// Why: shows whether archiving is understood as the alternative to deleting.
    #[event(name = "client.archived")]
    ClientArchived {
        /// The client.
        client_id: Id<Client>,
        /// Whether it is in the archive now.
        archived: bool,
    },

    /// A client was deleted.
    ///
    /// Why: shows whether archiving is understood as the alternative to deleting.
    #[event(name = "client.deleted")]
    ClientDeleted {
        /// The client.
        client_id: Id<Client>,
    },

    /// A project was created.
    ///
    /// Why: shows how quickly projects grow, and whether they belong to clients.
    #[event(name = "project.created")]
    ProjectCreated {
        /// The project.
        project_id: Id<Project>,
        /// Its client, where it has one.
        client_id: Option<Id<Client>>,
    },

    /// A project's details were changed.
    ///
    /// Why: shows whether projects are kept up to date.
    #[event(name = "project.updated")]
    ProjectUpdated {
        /// The project.
        project_id: Id<Project>,
    },

    /// A project was archived, or taken out of the archive.
    ///
    /// Why: shows whether archiving is understood as the alternative to deleting.
    #[event(name = "project.archived")]
    ProjectArchived {
        /// The project.
        project_id: Id<Project>,
        /// Whether it is in the archive now.
        archived: bool,
    },

    /// A project was deleted.
    ///
    /// Why: shows whether archiving is understood as the alternative to deleting.
    #[event(name = "project.deleted")]
    ProjectDeleted {
        /// The project.
        project_id: Id<Project>,
    },

    /// A task was created.
    ///
    /// Why: shows whether tasks are used, and how their priorities are set.
    #[event(name = "task.created")]
    TaskCreated {
        /// The task.
        task_id: Id<Task>,
        /// Its project.
        project_id: Id<Project>,
        /// How urgent it is.
        priority: TaskPriority,
    },

    /// A task's details were changed.
    ///
    /// Why: shows whether tasks are kept up to date.
    #[event(name = "task.updated")]
    TaskUpdated {
        /// The task.
        task_id: Id<Task>,
        /// How urgent it is now.
        priority: TaskPriority,
    },

    /// A task went on to another status.
    ///
    /// Why: shows which of the statuses are needed.
    #[event(name = "task.status_changed")]
    TaskStatusChanged {
        /// The task.
        task_id: Id<Task>,
        /// How far it is now.
        status: TaskStatus,
    },

    /// A task was deleted.
    ///
    /// Why: shows whether tasks are finished or given up.
    #[event(name = "task.deleted")]
    TaskDeleted {
        /// The task.
        task_id: Id<Task>,
    },

    /// A comment was written.
    ///
    /// Why: shows whether comments are used, and where.
    #[event(name = "comment.created")]
    CommentCreated {
        /// What it is about.
        subject: Subject,
    },

    /// A comment was changed.
    ///
    /// Why: shows whether changing comments is needed.
    #[event(name = "comment.updated")]
    CommentUpdated {
        /// What it is about.
        subject: Subject,
    },

    /// A comment was deleted.
    ///
    /// Why: shows whether deleting comments is needed.
    #[event(name = "comment.deleted")]
    CommentDeleted {
        /// What it is about.
        subject: Subject,
    },

    /// An administrator created an account.
    ///
    /// Why: shows how installations grow.
    #[event(name = "admin.user_created")]
    AdminUserCreated {
        /// The new account.
        user_id: Id<User>,
        /// What it may do.
        role: AccountRole,
    },

    /// An administrator changed an account.
    ///
    /// Why: shows whether roles change hands.
    #[event(name = "admin.user_updated")]
    AdminUserUpdated {
        /// The account.
        user_id: Id<User>,
        /// What it may do now.
        role: AccountRole,
    },

    /// An administrator deleted an account.
    ///
    /// Why: shows whether accounts of people who left are removed.
    #[event(name = "admin.user_deleted")]
    AdminUserDeleted {
        /// The account.
        user_id: Id<User>,
    },

    /// An administrator changed the settings of the installation.
    ///
    /// Why: shows whether the defaults fit.
    #[event(name = "admin.settings_updated")]
    AdminSettingsUpdated,

    /// A request ended with an internal error.
    ///
    /// Why: shows where the program needs mending.
    #[event(name = "request.failed", purpose = "errors")]
    RequestFailed {
        /// What failed, and where in the program.
        #[property(since = 2)]
        failure: Report<Fault>,
    },

    /// The program met a bug and panicked.
    ///
    /// Why: shows where the program needs mending.
    #[event(name = "program.panicked", purpose = "errors", since = 2)]
    ProgramPanicked {
        /// Where in the program.
        panic: PanicReport,
    },
}
