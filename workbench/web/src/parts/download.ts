/** A file that a page offers. */
export interface DownloadFile {
  /** As the button shows it: `CSV`. */
  readonly title: string;
  readonly name: string;
  readonly type: string;
  write(): string | Promise<Blob>;
}

/** Has the browser save a file. */
export async function download({ name, type, write }: DownloadFile): Promise<void> {
  const content = await write();
  const url = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type }) : content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
