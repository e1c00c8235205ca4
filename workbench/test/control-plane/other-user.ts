import { spawn } from 'node:child_process';

/** An unused id: systems number people from 1000 on, and services below or above 60000. */
const otherUser = 47_653;

/** Why this test cannot act as another user; null: it can. */
export const noOtherUser = process.getuid?.() === 0 ? null : 'only root can act as another user';

/** Lists the files and folders that another user of the machine can open for reading. */
export async function listReadableToOthers(paths: readonly string[]): Promise<string[]> {
  const { uid, open } = await askOther(paths);
  if (uid !== otherUser) throw new Error(`The files were opened as user ${uid}, not as ${otherUser}.`);
  return open;
}

const look = `
const { closeSync, openSync, readFileSync, readdirSync, readlinkSync, lstatSync } = require('node:fs');
const open = JSON.parse(readFileSync(0, 'utf8')).filter((path) => {
  try {
    const found = lstatSync(path);
    if (found.isDirectory()) readdirSync(path);
    else if (found.isSymbolicLink()) readlinkSync(path);
    else closeSync(openSync(path, 'r'));
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'ENOENT', 'ENXIO'].includes(error.code)) return false;
    throw error;
  }
});
console.log(JSON.stringify({ uid: process.getuid(), open }));
`;

function askOther(paths: readonly string[]): Promise<{ uid: number; open: string[] }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', look], {
      uid: otherUser,
      gid: otherUser,
      cwd: '/',
      env: {},
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.once('error', reject);
    child.once('close', (exitCode) =>
      exitCode === 0
        ? resolve(JSON.parse(said))
        : reject(new Error(`The other user's program ended with ${exitCode}.`)),
    );
    child.stdin.end(JSON.stringify(paths));
  });
}
