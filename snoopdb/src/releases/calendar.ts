import type { PoolClient } from 'pg';

/**
 * Sets the dates of loaded releases from the calendar. The date in a coverage file is the day of its runs, even for a
 * release in development, so the calendar wins.
 */
export async function applyCalendar(client: PoolClient): Promise<void> {
  await client.query(
    `update public.release_data as data set release_date = calendar.release_date
       from public.release_calendar as calendar
      where calendar.release = data.release and data.release_date is distinct from calendar.release_date`,
  );
  await client.query(
    `update public.open_api as api set release_date = data.release_date
       from public.release_data as data
      where data.release = api.release and api.release_date is distinct from data.release_date`,
  );
}
