-- The question of people, asked of the events.
select distinct useragent from testing.held_event where useragent like 'live%'
