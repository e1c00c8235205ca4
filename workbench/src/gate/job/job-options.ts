import { wrongUse } from '../../errors.ts';

/** Where the gate runs as a job. */
export const jobSystems = ['prow', 'github', 'gitlab', 'cronjob'] as const;
export type JobSystem = (typeof jobSystems)[number];

/** What `snoop gate job` writes a job from. All values are checked. */
export interface JobOptions {
  /** A DNS label. */
  readonly name: string;
  /** The image of the workbench, with a tag or digest; for GitHub the action, `owner/repository@commit`. */
  readonly image: string;
  /** Flags of `snoop gate` besides those of the job; empty: those for kubernetes/kubernetes. */
  readonly flags: readonly string[];
}

/** The name of a CronJob may have 52 characters; `-metrics` is appended for its Deployment. */
const maxNameLength = 44;
const maxImageLength = 512;
const maxFlags = 200;
const maxFlagLength = 4096;

/** `registry.example:5000/path/name:tag@sha256:…`, as in github.com/distribution/reference. */
const imagePattern =
  /^(?:[a-z\d](?:[a-z\d.-]*[a-z\d])?(?::\d{1,5})?\/)?[a-z\d]+(?:(?:\.|__?|-+|\/)[a-z\d]+)*(:\w[\w.-]{0,127})?(@sha256:[\da-f]{64})?$/;
const actionPattern = /^[\w.-]+\/[\w.-]+@[\da-f]{40}$/;

/** @throws SnoopError `wrong_use` */
export function readJobName(text: string): string {
  if (text.length <= maxNameLength && /^[a-z\d]([a-z\d-]*[a-z\d])?$/.test(text)) return text;
  throw wrongUse(
    `--name takes lower-case letters, digits and dashes, at most ${maxNameLength}, not '${text}'.`,
    'For example: --name snoop-gate',
  );
}

/**
 * Reads an image. It must name a tag or digest: a job whose image changes without notice proves nothing.
 *
 * @throws SnoopError `wrong_use`
 */
export function readImage(text: string): string {
  const [found, tag, digest] = text.length > maxImageLength ? [] : (imagePattern.exec(text) ?? []);
  if (found === undefined) {
    throw wrongUse(
      `--image takes the name of an image, not '${text.slice(0, maxImageLength)}'.`,
      'For example: --image registry.example/snoop/workbench:0.1.0',
    );
  }
  if (digest === undefined && (tag === undefined || tag === ':latest')) {
    throw wrongUse(`The image ${text} has no fixed version.`, 'Add a tag other than latest, or a digest.');
  }
  return text;
}

/** @throws SnoopError `wrong_use` */
export function readAction(text: string): string {
  if (text.length <= maxImageLength && actionPattern.test(text)) return text;
  throw wrongUse(
    `--action takes OWNER/REPOSITORY@COMMIT, not '${text.slice(0, maxImageLength)}'.`,
    'The commit has 40 hex digits, since a branch or tag can be moved.',
  );
}

/**
 * Checks flags for `snoop gate`. A job sets where the answer goes.
 *
 * @throws SnoopError `wrong_use`
 */
export function checkGateFlags(flags: readonly string[]): readonly string[] {
  if (flags.length > maxFlags) throw wrongUse(`There are ${flags.length} flags after --; the limit is ${maxFlags}.`);
  for (const flag of flags) {
    if (flag === '' || flag.length > maxFlagLength || /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(flag)) {
      throw wrongUse(
        `A job cannot use the flag ${JSON.stringify(flag.slice(0, 100))}.`,
        `A flag is one line of 1 to ${maxFlagLength} characters, without control characters.`,
      );
    }
    if (/^--output(=|$)/.test(flag)) {
      throw wrongUse('The job sets --output.', `Remove ${flag} after --, and change the output in the written file.`);
    }
  }
  if (flags[0]?.startsWith('-') === false) {
    throw wrongUse(`What follows -- are flags of snoop gate, not '${flags[0]}'.`, "See 'snoop gate --help'.");
  }
  return flags;
}
