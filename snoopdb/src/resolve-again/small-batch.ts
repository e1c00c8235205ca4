import { maxPathLength } from '../resolver/resolvable-request.ts';

/** Maximum total length of values chosen by senders in a batch; a single event may have more. */
const maxCharacters = 8 * 1024 * 1024;
const minRows = 16;

/** SQL for the path of a request URI, truncated just above the length limit of the resolver. */
export function selectPath(requestUri: string): string {
  return `left(split_part(${requestUri}, '?', 1), ${maxPathLength + 1})`;
}

/**
 * SQL for the first rows of a query, limited by the total length of some columns.
 * @param rows a query with order and limit
 * @param order the columns of that order
 * @param texts the columns whose lengths count
 */
export function limitCharacters(rows: string, order: string, texts: readonly string[]): string {
  const characters = texts.map((text) => `coalesce(length(${text}), 0)`).join(' + ');
  return `with batch as materialized (${rows}),
    counted as (
      select batch.*, row_number() over rows_before as place, sum(${characters}) over rows_before as characters
        from batch window rows_before as (order by ${order} rows unbounded preceding)
    )
    select * from counted where place = 1 or characters <= ${maxCharacters} order by ${order}`;
}

/** Limit for the next batch, smaller if the previous one was cut. */
export function chooseLimit(rows: number, limit: number, max: number): number {
  return rows < limit ? Math.max(minRows, 2 * rows) : Math.min(max, 2 * limit);
}
