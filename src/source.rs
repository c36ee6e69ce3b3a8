//! The files of a scan. In: paths. Out: text and bytes, each read at most once, with byte spans and the
//! line and column of any offset. Nothing else in the program opens a user's file, so the sandbox is here:
//! a path that leaves the root after its symbolic links are resolved is refused.

use std::{
    fmt, fs,
    io::Read as _,
    path::{Component, Path, PathBuf},
    sync::{Arc, OnceLock, RwLock},
};

use line_index::{LineIndex, TextSize, WideEncoding, WideLineCol};
use rustc_hash::FxHashMap;

/// The largest file that is read, in bytes. Plans are the only inputs that come near it.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// One file of a [`Sources`]. The number says nothing of order: sort by path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A half-open byte range of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file that the offsets count in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// A span from offsets as parsers give them. Offsets past 4 GiB cannot occur ([`MAX_FILE_BYTES`]) and saturate.
    pub fn new(file: FileId, range: std::ops::Range<usize>) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { file, start: clamp(range.start), end: clamp(range.end) }
    }

    /// The span as a range, to slice a text with `get`.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// From the start of this span to the end of `other`; `other` is ignored when it lies in another file.
    pub fn to(self, other: Span) -> Self {
        if other.file == self.file { Self { end: other.end.max(self.start), ..self } } else { self }
    }
}

/// A place in a text as people and report formats count it: from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters (Unicode scalar values), from 1.
    pub column: u32,
    /// Column in UTF-16 code units, from 1, as SARIF and GitHub count.
    pub column_utf16: u32,
}

/// Why a file could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is nothing at the path.
    #[error("does not exist")]
    Missing,
    /// The path, its links resolved, lies outside the scan root.
    #[error("lies outside the scanned folder and is not read")]
    Outside,
    /// A folder, device, socket or named pipe.
    #[error("is not a regular file")]
    NotAFile,
    /// Larger than [`MAX_FILE_BYTES`].
    #[error("has {0} bytes, more than the {MAX_FILE_BYTES} that are read")]
    TooLarge(u64),
    /// The text is not UTF-8; the offset is that of the first wrong byte.
    #[error("is not UTF-8 text (byte {0})")]
    NotUtf8(usize),
    /// Anything the operating system says.
    #[error("cannot be read: {0}")]
    Io(String),
}

/// A text file of the scan.
pub struct SourceFile {
    id: FileId,
    path: String,
    text: String,
    lines: OnceLock<LineIndex>,
}

impl SourceFile {
    /// The file's number.
    pub fn id(&self) -> FileId {
        self.id
    }

    /// Path relative to the root, with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text, a byte order mark included, so that offsets are those of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A span that covers the whole file.
    pub fn span(&self) -> Span {
        Span::new(self.id, 0..self.text.len())
    }

    /// The text of a span; empty when the span does not fit this file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Line and columns of a byte offset; an offset past the end or inside a character counts as the nearest one before it.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let lines = self.lines();
        let at = lines.line_col(TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX)));
        let wide = |encoding| lines.to_wide(encoding, at).unwrap_or(WideLineCol { line: at.line, col: at.col });
        // A byte order mark is no column.
        let mark = u32::from(at.line == 0 && at.col >= 3 && self.text.starts_with('\u{feff}'));
        Position {
            line: at.line + 1,
            column: wide(WideEncoding::Utf32).col + 1 - mark,
            column_utf16: wide(WideEncoding::Utf16).col + 1 - mark,
        }
    }

    /// Byte offsets of the line (from 1) without its line end; `None` past the last line.
    pub fn line_range(&self, line: u32) -> Option<std::ops::Range<usize>> {
        let range = self.lines().line(line.checked_sub(1)?)?;
        let text = self.text.get(usize::from(range.start())..usize::from(range.end()))?;
        let start = usize::from(range.start());
        Some(start..start + text.trim_end_matches(['\n', '\r']).len())
    }

    fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceFile({})", self.path)
    }
}

#[derive(Default)]
struct Files {
    all: Vec<Arc<SourceFile>>,
    by_path: FxHashMap<PathBuf, Result<FileId, ReadError>>,
}

/// All files of a scan, shared by the threads that read them.
pub struct Sources {
    root: PathBuf,
    /// Files outside the root that the user named by an option.
    admitted: Vec<PathBuf>,
    files: RwLock<Files>,
}

impl Sources {
    /// Files below `root`, which is made absolute and has its links resolved.
    ///
    /// # Errors
    /// When `root` does not exist or cannot be read.
    pub fn new(root: &Path) -> Result<Self, ReadError> {
        Ok(Self { root: canonical(root)?, admitted: Vec::new(), files: RwLock::default() })
    }

    /// Lets files be read that lie outside the root, since an option names them: `--var-file`, `--parameters`.
    #[must_use]
    pub fn admitting(mut self, paths: impl IntoIterator<Item = PathBuf>) -> Self {
        self.admitted = paths.into_iter().filter_map(|path| canonical(&self.root.join(path)).ok()).collect();
        self
    }

    /// The root, absolute, links resolved.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads a text file, once: a second call returns the same file. A relative path counts from the root. The text of
    /// a file in UTF-16 with a byte order mark, as some Windows tools write templates, is the same in UTF-8.
    ///
    /// # Errors
    /// When the file is missing, outside the root, no regular file, too large or no text.
    pub fn load(&self, path: &Path) -> Result<Arc<SourceFile>, ReadError> {
        let real = self.resolve(path)?;
        if let Some(known) = self.read_lock().by_path.get(&real) {
            return known.clone().map(|id| self.file(id));
        }
        let text = read_regular(&real).and_then(|bytes| decode(&real, bytes));
        let mut files = self.write_lock();
        if let Some(known) = files.by_path.get(&real) {
            let known = known.clone();
            drop(files);
            return known.map(|id| self.file(id));
        }
        match text {
            Ok(text) => {
                let file = add(&mut files, self.relative(&real), text);
                files.by_path.insert(real, Ok(file.id));
                Ok(file)
            }
            Err(error) => {
                files.by_path.insert(real, Err(error.clone()));
                Err(error)
            }
        }
    }

    /// A text that is in no file: an expression from the command line, a template inside a value.
    pub fn insert(&self, name: &str, text: String) -> Arc<SourceFile> {
        add(&mut self.write_lock(), name.to_owned(), text)
    }

    /// The bytes of a file, not kept: for functions that hash or encode files.
    ///
    /// # Errors
    /// As [`Sources::load`], except that any bytes are accepted.
    pub fn read_bytes(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        read_regular(&self.resolve(path)?)
    }

    /// Whether a regular file that may be read is there.
    pub fn is_file(&self, path: &Path) -> bool {
        self.resolve(path).is_ok_and(|real| real.is_file())
    }

    /// Whether a folder that may be read is there.
    pub fn is_dir(&self, path: &Path) -> bool {
        self.resolve(path).is_ok_and(|real| real.is_dir())
    }

    /// Names in a folder, sorted; names that are not UTF-8 are left out.
    ///
    /// # Errors
    /// When the folder is missing, outside the root or unreadable.
    pub fn list(&self, folder: &Path) -> Result<Vec<String>, ReadError> {
        let entries = fs::read_dir(self.resolve(folder)?).map_err(|error| io_error(&error))?;
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The absolute path with all links resolved, checked to lie below the root.
    ///
    /// # Errors
    /// [`ReadError::Outside`], or what the operating system says of the path.
    pub fn resolve(&self, path: &Path) -> Result<PathBuf, ReadError> {
        let joined = self.root.join(path);
        // Refuse by the written path first, so that nothing outside the root is even looked at.
        if self.admitted.contains(&joined) {
            return Ok(joined);
        }
        if !normalise(&joined).starts_with(&self.root) {
            return Err(ReadError::Outside);
        }
        let real = canonical(&joined)?;
        if real.starts_with(&self.root) { Ok(real) } else { Err(ReadError::Outside) }
    }

    /// Path relative to the root, with `/`; the path itself when it lies elsewhere.
    pub fn relative(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.root).unwrap_or(path);
        let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
    }

    /// The file of a number that this `Sources` gave.
    pub fn file(&self, id: FileId) -> Arc<SourceFile> {
        let files = self.read_lock();
        match files.all.get(id.0 as usize).or(files.all.first()) {
            Some(file) => Arc::clone(file),
            // Only another `Sources`' number on an empty one comes here.
            None => Arc::new(SourceFile { id, path: String::new(), text: String::new(), lines: OnceLock::new() }),
        }
    }

    /// Every text so far, by path.
    pub fn files(&self) -> Vec<Arc<SourceFile>> {
        let mut files = self.read_lock().all.clone();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> String {
        self.file(span.file).slice(span).to_owned()
    }

    /// How many files have been read.
    pub fn count(&self) -> usize {
        self.read_lock().all.len()
    }

    fn read_lock(&self) -> std::sync::RwLockReadGuard<'_, Files> {
        self.files.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write_lock(&self) -> std::sync::RwLockWriteGuard<'_, Files> {
        self.files.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn add(files: &mut Files, path: String, text: String) -> Arc<SourceFile> {
    let id = FileId(u32::try_from(files.all.len()).unwrap_or(u32::MAX));
    let file = Arc::new(SourceFile { id, path, text, lines: OnceLock::new() });
    files.all.push(Arc::clone(&file));
    file
}

fn canonical(path: &Path) -> Result<PathBuf, ReadError> {
    fs::canonicalize(path).map_err(|error| io_error(&error))
}

fn io_error(error: &std::io::Error) -> ReadError {
    match error.kind() {
        std::io::ErrorKind::NotFound => ReadError::Missing,
        std::io::ErrorKind::PermissionDenied => ReadError::Io("permission denied".to_owned()),
        _ => ReadError::Io(error.to_string()),
    }
}

/// Removes `.` and `..` by the text of the path alone.
fn normalise(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                result.pop();
            }
            Component::CurDir => {}
            other => result.push(other),
        }
    }
    result
}

fn read_regular(path: &Path) -> Result<Vec<u8>, ReadError> {
    let before = fs::metadata(path).map_err(|error| io_error(&error))?;
    if !before.is_file() {
        return Err(ReadError::NotAFile);
    }
    if before.len() > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge(before.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(before.len()).unwrap_or(0));
    let file = fs::File::open(path).map_err(|error| io_error(&error))?;
    // A file may grow between the look and the read.
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| io_error(&error))?;
    let read = bytes.len() as u64;
    if read > MAX_FILE_BYTES { Err(ReadError::TooLarge(read)) } else { Ok(bytes) }
}

/// UTF-8; for the formats of templates also UTF-16 that begins with a byte order mark. Terraform reads UTF-8 alone.
fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, ReadError> {
    let wide = path
        .extension()
        .is_some_and(|extension| ["yaml", "yml", "json", "template"].iter().any(|one| extension == *one));
    let unit = match bytes.get(..2).filter(|_| wide) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => return String::from_utf8(bytes).map_err(|error| ReadError::NotUtf8(error.utf8_error().valid_up_to())),
    };
    let (units, odd) = bytes.as_chunks::<2>();
    let text = String::from_utf16(&units.iter().map(|pair| unit(*pair)).collect::<Vec<_>>());
    text.ok().filter(|text| odd.is_empty() && text.len() > '\u{feff}'.len_utf8()).ok_or(ReadError::NotUtf8(0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sources(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Sources) {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let sources = Sources::new(folder.path()).unwrap();
        (folder, sources)
    }

    #[test]
    fn positions_count_characters_and_utf16() {
        let (_folder, sources) = sources(&[("a.tf", "a\r\nß😀x\n".as_bytes())]);
        let file = sources.load(Path::new("a.tf")).unwrap();
        let x = file.text().find('x').unwrap();
        assert_eq!(file.position(u32::try_from(x).unwrap()), Position { line: 2, column: 3, column_utf16: 4 });
        assert_eq!(&file.text()[file.line_range(2).unwrap()], "ß😀x");
        assert_eq!(&file.text()[file.line_range(1).unwrap()], "a");
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let (_folder, sources) = sources(&[("a.tf", "\u{feff}ab".as_bytes())]);
        let file = sources.load(Path::new("a.tf")).unwrap();
        assert_eq!(file.position(3).column, 1);
        assert_eq!(file.position(4).column_utf16, 2);
    }

    #[test]
    fn reads_utf_16_with_a_byte_order_mark() {
        let wide = |unit: fn(u16) -> [u8; 2]| "\u{feff}A: é😀".encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let (_folder, sources) = sources(&[
            ("le.yaml", &wide(u16::to_le_bytes)),
            ("be.yaml", &wide(u16::to_be_bytes)),
            ("odd.yaml", b"\xff\xfeA\0B"),
        ]);
        for name in ["le.yaml", "be.yaml"] {
            assert_eq!(sources.load(Path::new(name)).unwrap().text(), "\u{feff}A: é😀");
        }
        assert_eq!(sources.load(Path::new("odd.yaml")).unwrap_err(), ReadError::NotUtf8(0));
    }

    #[test]
    fn refuses_what_lies_outside_and_what_is_no_text() {
        let (folder, sources) = sources(&[("bad.tf", b"\xff\xfe")]);
        assert_eq!(sources.load(Path::new("../secret")).unwrap_err(), ReadError::Outside);
        assert_eq!(sources.load(Path::new("/etc/passwd")).unwrap_err(), ReadError::Outside);
        assert_eq!(sources.load(Path::new("bad.tf")).unwrap_err(), ReadError::NotUtf8(0));
        assert_eq!(sources.load(Path::new("none.tf")).unwrap_err(), ReadError::Missing);
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link.tf")).unwrap();
        assert_eq!(sources.load(Path::new("link.tf")).unwrap_err(), ReadError::Outside);
    }
}
