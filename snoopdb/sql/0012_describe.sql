create function public.describe_relations()
  returns table (schema text, name text, description text)
  language sql stable
  as $$
    select space.nspname::text, relation.relname::text, obj_description(relation.oid, 'pg_class')
      from pg_catalog.pg_class as relation
      join pg_catalog.pg_namespace as space on space.oid = relation.relnamespace
     where space.nspname in ('public', 'conformance', 'testing')
       and relation.relkind in ('r', 'p', 'v', 'm')
       and not relation.relispartition
     order by space.nspname, relation.relname
  $$;
comment on function public.describe_relations() is 'Tables and views of SnoopDB with their descriptions';

create function public.describe_relation(schema text, relation text)
  returns table (schema text, name text, description text)
  language sql stable
  as $$
    select described.schema, described.name, described.description
      from public.describe_relations() as described
     where described.schema = $1 and described.name = $2
  $$;
comment on function public.describe_relation(text, text) is 'Description of one table or view';

create function public.describe_columns(schema text, relation text)
  returns table ("column" text, description text)
  language sql stable
  as $$
    select attribute.attname::text, col_description(class.oid, attribute.attnum)
      from pg_catalog.pg_attribute as attribute
      join pg_catalog.pg_class as class on class.oid = attribute.attrelid
      join pg_catalog.pg_namespace as space on space.oid = class.relnamespace
     where space.nspname = $1 and class.relname = $2
       and space.nspname in ('public', 'conformance', 'testing')
       and attribute.attnum > 0 and not attribute.attisdropped
     order by attribute.attnum
  $$;
comment on function public.describe_columns(text, text) is 'Columns of a table or view with their descriptions';

create function public.describe_column(schema text, relation text, "column" text)
  returns table ("column" text, description text)
  language sql stable
  as $$
    select described."column", described.description
      from public.describe_columns($1, $2) as described
     where described."column" = $3
  $$;
comment on function public.describe_column(text, text, text) is 'Description of one column of a table or view';
