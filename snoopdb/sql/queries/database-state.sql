-- What a program needs to know before it stores runs here; the privilege is null without the schema.
select current_user as role,
       current_setting('server_version') as "serverVersion",
       current_setting('server_version_num')::integer as "serverVersionNumber",
       pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as "isReadOnly",
       has_table_privilege(to_regclass('testing.run'), 'insert') as "mayAddRuns",
       pg_database_size(current_database())::float8 as bytes
