import { longestPath } from '../resolver/resolvable-request.ts';

/** What a sender chose of the events of one batch may take so many characters; a single event may take more. */
const maxCharacters = 8 * 1024 * 1024;
const minRows = 16;

/** The path of a request URI in SQL; of one that is too long to be resolved enough to see that. */
export function selectPath(requestUri: string): string {
  return `left(split_part(${requestUri}, '?', 1), ${longestPath + 1})`;
}

/**
 * The first rows of a query, as many as have room in memory.
 * @param rows a query with an order and a limit
 * @param order the columns of that order
 * @param texts columns whose lengths count
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

/** How many rows the next batch asks for: few, where few had room. */
export function chooseLimit(taken: number, asked: number, most: number): number {
  return taken < asked ? Math.max(minRows, 2 * taken) : Math.min(most, 2 * asked);
}
