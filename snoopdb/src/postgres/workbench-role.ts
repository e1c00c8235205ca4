import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import { isSystemError, SnoopDbError } from '../errors.ts';
import { ownerColumns, relationRights, ownerFunctions, workbenchRole } from '../rights/relation-rights.ts';
import { type Pool, type Queryable, withTransaction } from './database.ts';

/**
 * Creates the workbench role if it does not exist, and grants exactly the rights in {@link relationRights} in this
 * database. Safe to run twice.
 *
 * @param password null: unchanged; a new role then has none and cannot log in by password
 * @returns whether the role is new
 * @throws SnoopDbError `not_allowed` if the current role may not create roles or does not own the schemas, or if the
 *   existing role has more rights than listed
 */
export async function grantWorkbenchRole(pool: Pool, password: string | null): Promise<{ isNew: boolean }> {
  for (let triesLeft = 3; ; triesLeft -= 1) {
    try {
      return await grantOnce(pool, password);
    } catch (error) {
      // Roles belong to the whole server, so a lock in one database cannot prevent this race.
      const isRace = ['42710', '23505', 'XX000'].some((code) => isSystemError(error, code));
      if (!isRace || triesLeft === 0) throw error;
    }
  }
}

async function grantOnce(pool: Pool, password: string | null): Promise<{ isNew: boolean }> {
  return withTransaction(pool, async (client) => {
    const isNew = !(await checkWorkbenchRole(client));
    const quoted = password === null ? '' : ` password ${pg.escapeLiteral(hashPassword(password))}`;
    const statement = `${isNew ? 'create' : 'alter'} role ${workbenchRole} login${quoted}`;
    if (isNew || password !== null) await withPermissionAdvice(() => client.query(statement), adviceForCreateRole);
    await withPermissionAdvice(
      () => grantRights(client),
      'Run it as the role that owns the schemas public, conformance and testing.',
    );
    return { isNew };
  });
}

/**
 * Returns whether the workbench role exists.
 * @throws SnoopDbError `not_allowed` if it has more rights than listed
 */
export async function checkWorkbenchRole(client: Queryable): Promise<boolean> {
  const found = await client.query<{ isTooStrong: boolean }>(
    `select rolsuper or pg_has_role(rolname, (select nspowner from pg_namespace where nspname = 'testing'), 'member')
            as "isTooStrong"
       from pg_roles where rolname = $1`,
    [workbenchRole],
  );
  if (found.rows[0]?.isTooStrong) {
    throw new SnoopDbError(
      'not_allowed',
      `The role ${workbenchRole} is a superuser or a member of the schemas' owner, so it could change evidence. ` +
        'Revoke that, then grant again.',
    );
  }
  return found.rowCount !== 0;
}

const adviceForCreateRole = `This needs CREATEROLE, or ADMIN on the role if it exists. Ask an administrator to run "create role ${workbenchRole} login", then grant again without a password.`;

/** Grants the workbench role its rights and revokes all others. The role must exist. */
async function grantRights(client: Queryable): Promise<void> {
  await client.query(`grant usage on schema public, conformance, testing to ${workbenchRole}`);
  for (const [relation, rights] of Object.entries(relationRights)) {
    await client.query(`revoke all on ${relation} from ${workbenchRole}`);
    const owned = ownerColumns[relation];
    const columns = owned === undefined ? null : await listColumns(client, relation, owned);
    for (const right of rights) {
      const of = columns === null || right === 'select' ? '' : ` (${columns.join(', ')})`;
      await client.query(`grant ${right}${of} on ${relation} to ${workbenchRole}`);
    }
  }
  for (const name of ownerFunctions) await client.query(`grant execute on function ${name} to ${workbenchRole}`);
}

/** Grants the workbench role its rights in new relations, after a migration; does nothing if the role does not exist. */
export async function grantRightsIfRoleExists(client: Queryable): Promise<void> {
  const found = await client.query('select from pg_roles where rolname = $1', [workbenchRole]);
  if (found.rowCount !== 0) await grantRights(client);
}

async function listColumns(client: Queryable, relation: string, without: readonly string[]): Promise<string[]> {
  const found = await client.query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and attname <> all ($2) order by attnum`,
    [relation, without],
  );
  return found.rows.map(({ name }) => name);
}

async function withPermissionAdvice(work: () => Promise<unknown>, advice: string): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '42501')) throw error;
    throw new SnoopDbError('not_allowed', `SnoopDB refused: ${error.message}. ${advice}`, { cause: error });
  }
}

const iterations = 4096;

/**
 * Hashes a password as PostgreSQL stores it (RFC 5803), so that no statement and no server log contains the password.
 * @throws SnoopDbError `bad_password`
 */
function hashPassword(password: string): string {
  // For these characters SASLprep, which both sides would apply, changes nothing.
  if (!/^[\x21-\x7e]+$/.test(password)) {
    throw new SnoopDbError(
      'bad_password',
      'The password must have at least one character, and only printable ASCII characters without blanks.',
    );
  }
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const key = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`;
}
