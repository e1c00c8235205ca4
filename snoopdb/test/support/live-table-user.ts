// A process that works on the live table until it is done or killed:
// node --import tsx live-table-user.ts <url> keep <bounds as JSON> | reset <what as JSON>
import { runLiveTableUpkeep, openPool, resetLive } from '@snoop/snoopdb';

const [url = '', work, given = '{}'] = process.argv.slice(2);
const pool = openPool(url, { applicationName: 'live table user', max: 3 });
if (work === 'keep') await runLiveTableUpkeep(pool, JSON.parse(given));
else await resetLive(pool, JSON.parse(given));
await pool.end();
