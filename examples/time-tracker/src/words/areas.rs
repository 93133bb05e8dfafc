//! The shape of each language: every message that the pages have, by subject. What a language lacks does not compile.

use super::messages;
use crate::time::Length;

messages! {
    /// What stands around every page, and what many pages say.
    pub(crate) struct Frame {
        language;
        skip;
        sections;
        today;
        time;
        projects;
        tasks;
        clients;
        admin;
        sign_out;
        start_page;
        save;
        cancel;
        edit;
        actions;
        archive;
        restore;
        current;
        archived;
        name;
        note;
        time_zone;
        password;
        mistakes;
        enter_name;
        at_most(characters: usize);
        at_least(characters: usize);
        choose_zone;
    }
}

messages! {
    /// Pages that say what is wrong and what can be done: a title, and the advice below it.
    pub(crate) struct Faults {
        setup_link;
        setup_link_advice;
        forbidden;
        forbidden_advice;
        cross_site;
        cross_site_advice;
        not_found;
        not_found_advice;
        bad_request;
        bad_request_advice;
        internal;
        internal_advice;
    }
}

messages! {
    /// Setup, signing in, one's own account, users and settings.
    pub(crate) struct People {
        setup;
        setup_lead;
        administrator;
        name_hint;
        password_hint;
        zone_hint;
        save_and_continue;
        sign_in;
        wrong_credentials;
        too_many_attempts(minutes: u64);
        account;
        own_zone_hint;
        save_zone;
        current_password;
        new_password;
        new_password_hint;
        change_password;
        not_current_password;
        password_is_name;
        plain_name;
        administration;
        users;
        add_user;
        edit_user;
        role;
        state;
        since;
        you;
        user_password_hint;
        role_hint;
        account_state;
        account_state_hint;
        tell_password;
        set_password;
        delete_user;
        delete_user_hint;
        choose_role;
        choose_state;
        user_taken;
        last_administrator;
        user_in_use;
        settings;
        organisation;
        organisation_hint;
        zone_of_new;
        weeks_start;
        save_settings;
        choose_day;
    }
}

messages! {
    /// Timers, entries, clients, projects, tasks and comments.
    pub(crate) struct Work {
        add_by_hand;
        timer_running;
        no_timer;
        started(date: &str, clock: &str);
        counted(clock: &str);
        count_again;
        start;
        stop;
        switch;
        switch_to;
        resume;
        start_timer;
        target;
        first_project;
        this_week;
        last_days;
        hours_of_each;
        none;
        recent;
        all_of_week;
        recent_empty;
        edit_entry_of(date: &str, clock: &str);
        add_time;
        edit_time;
        weeks;
        earlier_week;
        later_week;
        empty_week;
        of_another_day;
        what;
        when;
        length;
        who;
        running;
        from;
        to;
        open_end;
        zone_is(zone: &str);
        change_zone;
        as_recorded;
        enter_moment;
        choose_target;
        end_before_start;
        too_long;
        starts_later;
        delete_entry;
        delete_entry_hint;
        client;
        add_client;
        edit_client;
        which_clients;
        no_archived_client;
        no_clients;
        client_taken;
        client_in_use;
        delete_client;
        delete_client_hint;
        no_client;
        choose_client;
        project;
        add_project;
        edit_project;
        which_projects;
        no_archived_project;
        no_projects;
        open_tasks;
        recorded(time: Length);
        is_archived;
        no_tasks_yet;
        latest_time;
        no_time_on_project;
        project_taken;
        project_in_use;
        delete_project;
        delete_project_hint;
        task;
        add_task;
        edit_task;
        which_tasks;
        open;
        priority;
        status;
        change_status;
        project_of_task(project: &str);
        project_first;
        no_such_tasks;
        no_time_on_task;
        choose_priority;
        choose_project;
        delete_task;
        delete_task_hint;
        comments;
        no_comments;
        edited;
        comment_of(when: &str);
        add_a_comment;
        add_comment;
        edit_comment;
        comment;
        write_first;
        former_user;
        delete_comment;
        delete_comment_hint;
    }
}

messages! {
    /// Deciding about telemetry: the question of the setup, and the overview with its actions.
    pub(crate) struct Deciding {
        telemetry;
        place;
        not_invited(place: &str);
        no_key;
        decided(truth: &str, place: &str);
        not_asked(why: &str);
        about;
        exactly;
        exactly_new_tab;
        all_events;
        all_events_new_tab;
        truth;
        what_is_sent;
        whole_list;
        usage;
        errors;
        usage_inside;
        errors_inside;
        on;
        off;
        turn_on;
        turn_off;
        of_purpose(purpose: &str);
        turn_all_off;
        kept_list;
        kept_list_adds;
        now_on(name: &str);
        grown_first(name: &str);
        did(name: &str, what: &str);
        off_not_stored(why: &str);
        kept;
        kept_not_stored(why: &str);
        agreed;
        not_shown;
        unchanged(why: &str);
        request;
        request_about;
        deletion;
        deletion_about;
        forget;
        counters;
        recorded;
        delivered;
        waiting;
        adopted;
        not_sent(cause: &str);
        to_destination(label: &str, to: &str);
        install_id;
    }
}

messages! {
    /// Checking telemetry: preview, what was sent, the last report, the catalogue, the history and the build.
    pub(crate) struct Checking {
        overview;
        preview;
        sent;
        report;
        catalogue;
        history;
        build;
        title(view: &str);
        preview_about;
        waiting;
        nothing_waits;
        waiting_about;
        laid_out;
        byte_by_byte;
        each_event;
        each_event_about;
        sent_about;
        download_all;
        requests;
        log_empty;
        newest_of(shown: usize, total: usize);
        request_number(number: usize);
        clear_log;
        clear_log_about;
        cleared;
        not_cleared;
        no_answer;
        accepted;
        discarded;
        retried;
        too_large;
        rejected;
        key_refused;
        cancelled;
        http(status: u16);
        on_the_wire(bytes: usize);
        report_about;
        no_report;
        reports_off;
        report_sent_at;
        report_to;
        report_result;
        report_holds;
        report_size;
        report_size_is(bytes: usize);
        report_exact;
        report_exact_about;
        download_body;
        report_examples;
        report_examples_about;
        catalogue_title;
        catalogue_about(list: u32, events: usize);
        why;
        since_list(list: u32);
        since_list_sentence(list: u32);
        sent_until(day: &dyn std::fmt::Display);
        says_at_most(measure: &str);
        no_properties;
        pseudonym(entity: &str);
        left_out;
        may_be_left_out;
        measure(forms: u64, bits: f64, ids: usize);
        with_every_event;
        its_list;
        agreed_list;
        history_about;
        receipts;
        checked_now;
        receipts_wrong(why: &str);
        receipts_are(count: usize);
        decision;
        when;
        where_;
        by;
        purposes;
        list;
        text_shown;
        receipt(number: u64);
        granted;
        denied;
        withdrawn;
        id_reset;
        kept;
        narrowed;
        left_on(purposes: &str);
        no_purposes;
        setup_page;
        this_page;
        terminal;
        elsewhere;
        by_administrator;
        by_os_user;
        by_another;
        none_needed;
        build_about;
        facts;
        destination;
        errors_destination;
        operated_by;
        this_machine;
        region;
        key;
        version;
        commit;
        list_of_events;
        not_named;
        no_key;
        fingerprint(key: &str);
        list_digest(list: u32, digest: &str);
        check_yourself;
        holds_embedded;
        holds_demo;
        holds_none;
        fingerprint_is;
        the_key;
        list_of_program;
    }
}

messages! {
    /// The demo's receiver, and what the demo says where it is started.
    pub(crate) struct Demo {
        receiver;
        what_was_sent;
        received(count: usize);
        last_at;
        kept;
        reload;
        nothing_arrived;
        request(number: usize);
        bytes(wire: usize, unpacked: usize);
        event;
        properties;
        body;
        headers;
        no_name;
        not_gzip;
        too_large;
        not_json;
        no_batch;
        not_utf8;
        heading;
        open;
        sign_in;
        password;
        receiver_at;
        about_receiver;
        none_yet;
        none_will(why: &str);
        left_out;
        removed_at_end;
        stopped;
    }
}
