/** What `bind:this` on a VirtualList gives. */
export interface VirtualListHandle {
  /** Brings a row into sight; `auto` moves no further than needed. */
  scrollToIndex(index: number, align?: 'auto' | 'start' | 'center' | 'end'): void;
  /** Puts keyboard focus on the list, so that its keys work. */
  focus(): void;
  /** How many whole rows fit, for Page Up and Page Down. */
  pageSize(): number;
}

/** What `bind:this` on a SearchField gives. */
export interface SearchFieldHandle {
  /** Puts the caret into the field with its text selected. */
  focus(): void;
}
