#!/usr/bin/env bash
# Programs as people run them, in the current directory: programs.sh NAME runs one. What it prints is the same on every
# file system that works; it fails where a program finds something wrong. SLOW names a file that gets the temporary names
# which lived for more than a second, since the machine was busy.
set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
export GIT_AUTHOR_DATE='2026-01-02T03:04:05Z' GIT_COMMITTER_DATE='2026-01-02T03:04:05Z'

program_git() {
  git init -q -b main origin
  (
    cd origin
    for i in $(seq 1 40); do mkdir -p "d$((i % 7))" && echo "line $i" >"d$((i % 7))/f$i"; done
    git add . && git commit -qm first
  )
  git clone -q origin clone
  cd clone
  git checkout -q -b side
  for i in $(seq 1 10); do echo more >>"d$((i % 7))/f$i"; done
  git commit -qam second
  for i in $(seq 1 3); do echo "new $i" >"new$i" && git add . && git commit -qm "new $i"; done
  git checkout -q main
  echo other >other && git add . && git commit -qm third
  git checkout -q side
  git rebase -q main
  git gc -q
  git fsck --strict 2>&1
  git checkout -q main
  git merge -q side
  git push -q origin main:side
  git status --porcelain
  git log --format=%H
}

program_sqlite() {
  local writer writers=()
  sqlite3 plain.db 'create table t(a); insert into t values(1); insert into t values(2);'
  sqlite3 wal.db 'pragma journal_mode=wal; create table t(a);'
  for writer in 1 2 3; do # at once: each waits for the others' locks
    for i in $(seq 1 6); do
      sqlite3 -cmd '.timeout 20000' plain.db "insert into t values($i)"
      sqlite3 -cmd '.timeout 20000' wal.db "insert into t values($i)"
    done &
    writers+=($!)
  done
  for writer in "${writers[@]}"; do wait "$writer"; done
  for database in plain.db wal.db; do
    sqlite3 "$database" 'pragma integrity_check; select count(*), sum(a) from t; vacuum;'
  done
}

program_vim() {
  local copy backup
  for copy in yes no auto; do
    for backup in nobackup backup; do
      echo "one" >"text-$copy-$backup"
      for i in 1 2 3; do
        vim -es -u NONE -N --cmd "set swapfile writebackup $backup backupcopy=$copy" \
          -c "normal Goline $i" -c wq "text-$copy-$backup" </dev/null
      done
      cat "text-$copy-$backup"
    done
  done
  ls -A
}

# A save as GIO's, LibreOffice's and browsers' are: what others see of the name is old or new, whole.
program_saves() {
  python3 - <<'END'
import os, time

def write(name, text, flags=os.O_CREAT | os.O_EXCL | os.O_WRONLY):
    file = os.open(name, flags, 0o644)
    os.write(file, text)
    os.fsync(file)
    os.close(file)

write("letter.txt", b"0\n")
for i in range(1, 6):
    write(".goutputstream-ABC%d" % i, b"%d\n" % i)
    os.rename(".goutputstream-ABC%d" % i, "letter.txt")
write("report.odt", b"0\n")
write(".~lock.report.odt#", b",someone,host,date;\n")
for i in range(1, 4):
    began = time.monotonic()
    write("lu-temporary%d.tmp" % i, b"report %d\n" % i * 1000)
    os.rename("lu-temporary%d.tmp" % i, "report.odt")
    if time.monotonic() - began > 1:
        with open(os.environ.get("SLOW", os.devnull), "a") as slow:
            slow.write("lu-temporary%d.tmp\n" % i)
os.unlink(".~lock.report.odt#")
write("film.bin", b"")
write("film.bin.crdownload", b"")
download = os.open("film.bin.crdownload", os.O_WRONLY)
for i in range(64):
    os.write(download, bytes([i]) * 65536)
os.close(download)
write("film.bin", b"", os.O_WRONLY | os.O_TRUNC)
os.rename("film.bin.crdownload", "film.bin")
END
  sha256sum letter.txt report.odt film.bin
  ls -A
}

program_rsync() {
  mkdir source
  for i in $(seq 1 30); do head -c $((i * 3000)) /dev/zero | tr '\0' "$((i % 10))" >"source/f$i"; done
  head -c 4000000 /dev/zero | tr '\0' x >source/large
  rsync -a source/ target/
  printf changed | dd of=source/large bs=1 seek=2000000 conv=notrunc status=none
  touch -d 2026-01-03 source/large
  rsync -a --inplace --no-whole-file source/ target/
  head -c 3000000 /dev/zero | tr '\0' y >source/slow
  timeout -s INT 1 rsync -a --partial --bwlimit=500 source/ target/ 2>/dev/null || true
  rsync -a --partial source/ target/
  rsync -a --delete --exclude 'f1*' source/ target/
  rsync -ac --dry-run --itemize-changes source/ target/
  diff -r source target
  ls -A target | wc -l
}

program_archives() {
  mkdir tree
  for i in $(seq 1 200); do mkdir -p "tree/d$((i % 9))" && echo "file $i" >"tree/d$((i % 9))/f$i"; done
  ln -s d1/f1 tree/link
  ln tree/d1/f1 tree/hard
  chmod 600 tree/d2/f2
  touch -d '2001-02-03 04:05:06.789' tree/d3/f3
  tar -cf tree.tar tree
  mkdir untar && tar -xpf tree.tar -C untar
  diff -r --no-dereference tree untar/tree
  stat -c '%n %a %h' untar/tree/hard untar/tree/d2/f2 && stat -c %y untar/tree/d3/f3
  python3 -m zipfile -c tree.zip tree/d1 tree/d2
  mkdir unzipped && (cd unzipped && unzip -q ../tree.zip)
  find unzipped -type f | wc -l
  rm -r untar/tree/d4
  cp -a tree copied && mv copied moved
  find moved | wc -l
}

program_venv() {
  python3 -m venv --without-pip environment
  environment/bin/python - <<'END'
import os, pathlib, py_compile, sys
print(sys.prefix != sys.base_prefix)
pathlib.Path("module.py").write_text("value = 41\n")
py_compile.compile("module.py")
sys.path.insert(0, "")
import module
print(module.value + 1, sorted(os.listdir("__pycache__")) != [])
END
}

program_tail() {
  local i out tail
  out=$(mktemp)
  echo "line 0" >log
  tail -n +1 -s 0.1 -F log >"$out" 2>/dev/null &
  tail=$!
  for i in $(seq 1 30); do
    echo "line $i" >>log
    if ((i % 10 == 0)); then
      for _ in $(seq 1 100); do # a rotation loses what tail has not read yet, on any file system
        if grep -qx "line $i" "$out"; then break; fi
        sleep 0.1
      done
      mv log "log.$i" && : >log
    fi
  done
  for _ in $(seq 1 100); do
    if grep -qx 'line 30' "$out"; then break; fi
    sleep 0.1
  done
  kill "$tail"
  sort -u "$out" | wc -l
  rm "$out"
}

"program_$1"
