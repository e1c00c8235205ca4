-- A cluster with several kube-apiservers sends its events under as many names.
alter table testing.run add column sources text[];
comment on column testing.run.sources is 'All names under which the cluster''s events arrive, one for each kube-apiserver; null where source is the only one, or none is known';
