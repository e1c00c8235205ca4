import { escapeFormat } from './multiplexer.ts';
import type { Place, SessionKind } from './place.ts';
import type { TmateServer } from './tmate-server.ts';

/**
 * The configuration of the session, the person's own left aside: two people work in it, and one of them knows only the usual
 * keys. Options that this version of tmux or tmate does not know are passed over (`-q`).
 *
 * @param server null: tmux alone, or the server that tmate itself knows
 */
export function describeConfig(kind: SessionKind, innerTerminal: string, server: TmateServer | null): string {
  const lines = [
    `set -g default-terminal ${quote(innerTerminal)}`,
    'set -g history-limit 20000',
    'set -gq mouse on',
    // Editors in vi's manner wait that long after every Escape.
    'set -sq escape-time 50',
    // Everybody sees the whole window, whoever types.
    'set -gq window-size smallest',
    'setw -gq aggressive-resize on',
    // What somebody's terminal brings along (SSH_AUTH_SOCK, DISPLAY) is not the other one's to use.
    'set -gq update-environment ""',
    'setw -gq automatic-rename off',
    'setw -gq allow-rename off',
    'setw -gq pane-border-status top',
    'setw -gq pane-border-format " #{pane_title} "',
    'set -g status-left " snoop "',
    'set -g status-right " Ctrl-b o: next pane   Ctrl-b z: whole screen   Ctrl-b d: leave "',
    'set -g status-right-length 80',
  ];
  if (kind === 'tmate' && server !== null) {
    const { host, port, rsaFingerprint, ed25519Fingerprint } = server;
    lines.push(`set -g tmate-server-host ${quote(host)}`, `set -g tmate-server-port ${port}`);
    // One that is not given is emptied: those of tmate's own servers would stand there.
    lines.push(`set -g tmate-server-rsa-fingerprint ${quote(rsaFingerprint ?? '')}`);
    lines.push(`set -g tmate-server-ed25519-fingerprint ${quote(ed25519Fingerprint ?? '')}`);
    lines.push('set -gq tmate-server-ecdsa-fingerprint ""');
  }
  return `${lines.join('\n')}\n`;
}

/** Of what is checked already: no quotes, no line ends. */
function quote(word: string): string {
  return `"${word}"`;
}

/** How a session is started: its server reads the configuration, and its one pane waits for what comes. */
export function describeStart(place: Place, workFolder: string, size: { columns: number; rows: number }): string[] {
  const waiting = 'echo "The panes are being opened ..."; exec sleep 600';
  const screen = ['-x', String(size.columns), '-y', String(size.rows)];
  return [
    '-f',
    place.config,
    'new-session',
    '-d',
    '-n',
    'pair',
    '-c',
    escapeFormat(workFolder),
    ...screen,
    'sh',
    '-c',
    waiting,
  ];
}
