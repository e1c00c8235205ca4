-- Sources that no run refers to since one was removed.
delete from testing.source_file as source
 where not exists (select from testing.run_file where run_file.sha256 = source.sha256)
