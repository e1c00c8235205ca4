import { realpathSync } from 'node:fs';
import { explainSystemError, readRegularFile } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { Finding, LintResult, Report } from './finding.ts';

export interface Opened {
  readonly text: string;
  readonly report: Report;
  /** false when it was opened before. */
  readonly isNew: boolean;
}

/** Reads files, and collects findings. */
export interface Inspection {
  /** @returns null when the file cannot be read, which is reported */
  open(file: string): Opened | null;
  /**
   * @param shown the file as the user named it
   * @throws SnoopError `no_file` when it cannot be read
   */
  openNamed(file: string, shown: string): Opened;
  /** For findings about a file that was not opened. */
  reportTo(shown: string): Report;
  end(): LintResult;
}

/** @param show formats the path of a file that the user did not name */
export function createInspection(show: (file: string) => string = (file) => file): Inspection {
  /** The displayed path of a file, by its real path. */
  const shownAs = new Map<string, string>();
  const findings = new Map<string, Finding>();

  const reportTo =
    (file: string): Report =>
    (severity, rule, line, message) => {
      const finding = { file, line, severity, rule, message };
      // A finding for several nodes or versions is reported once.
      findings.set(JSON.stringify(finding), finding);
    };
  const read = (file: string, shown: string): Opened => {
    const text = readRegularFile(file);
    const path = realpathSync(file);
    const isNew = !shownAs.has(path);
    if (isNew) shownAs.set(path, shown);
    return { text, report: reportTo(shownAs.get(path) ?? shown), isNew };
  };

  return {
    reportTo,
    open(file) {
      const shown = show(file);
      try {
        return read(file, shown);
      } catch (error) {
        shownAs.set(file, shown);
        reportTo(shown)('warning', 'unreadable-file', null, `This cannot be read here: ${explainSystemError(error)}.`);
        return null;
      }
    },
    openNamed(file, shown) {
      try {
        return read(file, shown);
      } catch (cause) {
        throw new SnoopError('no_file', `${shown} cannot be read: ${explainSystemError(cause)}.`, {
          exitCode: 2,
          cause,
        });
      }
    },
    end() {
      const files = [...shownAs.values()];
      const place = ({ file, line }: Finding): number => files.indexOf(file) * 1e6 + (line ?? 0);
      return { files, findings: [...findings.values()].sort((a, b) => place(a) - place(b)) };
    },
  };
}
