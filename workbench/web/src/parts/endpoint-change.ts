/** What became of an endpoint between two releases. */
export const changes = ['gained', 'lost', 'new', 'removed', 'unclear', 'same'] as const;
export type Change = (typeof changes)[number];

export const changeTitles: Readonly<Record<Change, string>> = {
  gained: 'gained',
  lost: 'lost',
  new: 'new',
  removed: 'removed',
  unclear: 'cannot tell',
  same: 'unchanged',
};

export const changeHints: Readonly<Record<Change, string>> = {
  gained: 'It was not tested, or not conformance tested, in the earlier release',
  lost: 'It was tested, or conformance tested, in the earlier release',
  new: 'The earlier release lacks it, or has it deprecated',
  removed: 'The later release lacks it, or has it deprecated',
  unclear: 'The data of one release is incomplete, or its coverage unknown, so a difference proves nothing',
  same: 'Tested, conformance tested or untested in both releases',
};
