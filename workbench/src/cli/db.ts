import type { Context } from '../context.ts';
import { defineCommand } from '@snoop/snoopdb/command-line';
import { command as psql } from './db/psql.ts';
import { command as url } from './db/url.ts';
import { command as check } from './db/check.ts';
import { command as rebuild } from './db/rebuild.ts';
import { command as resetLive } from './db/reset-live.ts';
import { command as grant } from './db/grant.ts';
import { command as migrate } from './db/migrate.ts';

export const command = defineCommand<Record<string, never>, Context, Promise<number>>({
  name: 'snoop db',
  title: 'work on SnoopDB itself',
  usage: ['snoop db <command> [options]'],
  flags: {},
  commands: [psql, url, check, rebuild, resetLive, grant, migrate],
  examples: `
snoop db psql
pg_dump "$(snoop db url)" > snoopdb.sql
snoop db check
snoop db reset-live --run 20261121-0305`,
  exitCodes: 'those of the command · 2 wrong use',
});
