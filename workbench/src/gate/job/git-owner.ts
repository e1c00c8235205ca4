/**
 * Variables with which git reads a checkout of another user: the job's system clones as another user than that of the
 * image.
 */
export const foreignCheckout: Readonly<Record<string, string>> = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
};
