import { writeCronJob } from './cronjob.ts';
import { writeGithubWorkflow } from './github.ts';
import { writeGitlabJob } from './gitlab.ts';
import type { JobOptions, JobSystem } from './job-options.ts';
import { writeProwJobs } from './prow.ts';

const writers: Readonly<Record<JobSystem, (options: JobOptions) => string>> = {
  prow: writeProwJobs,
  github: writeGithubWorkflow,
  gitlab: writeGitlabJob,
  cronjob: writeCronJob,
};

/** Writes the gate as a job, as YAML with comments. */
export function writeJob(system: JobSystem, options: JobOptions): string {
  return writers[system](options);
}
