/** The pages of a release: `<release>/<page>.html`. */
export const releasePages = ['coverage', 'endpoint', 'test', 'progress', 'lists'] as const;
/** The pages of this SnoopDB's live use: `<page>.html`. A static site does not have them. */
export const livePages = ['live', 'runs', 'agents'] as const;

export type ReleasePage = (typeof releasePages)[number];
export type LivePage = (typeof livePages)[number];
export type PageName = ReleasePage | LivePage;

/** What a page knows before it loads data: JSON in its element `meta[name=snoop]`. */
export interface PageSettings {
  readonly page: PageName;
  /** X.Y.Z: of the page, or the one to which a live page links; null: no release is loaded. */
  readonly release: string | null;
  /** The relative URL of the folder with `data/`: `./` or `../`. */
  readonly root: string;
  /** Whether live pages exist and data is answered from SnoopDB; false: a static site, whose data files are gzipped. */
  readonly isLive: boolean;
  /** Version of snoop. */
  readonly version: string;
}
