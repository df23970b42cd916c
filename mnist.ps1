# Builds what has changed and runs it: what ./mnist does elsewhere, for Windows PowerShell 5.1 and later. Needs only the .NET 10 SDK.
#
#   .\mnist.ps1 train [options]               every command of the program: .\mnist.ps1 --help
#   .\mnist.ps1 silo [options]                one silo process
#   .\mnist.ps1 cluster up|status|down        a cluster of silo processes on this machine
#   .\mnist.ps1 bench faults [options]        what trainings come to while everything fails
#   .\mnist.ps1 test [Project.Tests...] [..]  the tests of the solution, or of some projects; the rest goes to dotnet test
#
# Where the system blocks scripts: powershell -ExecutionPolicy Bypass -File mnist.ps1 train
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$arguments = @($args)
$root = $PSScriptRoot

# MSBuild would take a relative path from each project's folder; a person means the current one.
$artifacts = if ($env:ArtifactsPath) { [IO.Path]::Combine((Get-Location).ProviderPath, $env:ArtifactsPath) } else { Join-Path $root 'artifacts' }
$stamps = Join-Path $artifacts 'stamps'
$feed = Join-Path $root 'eng/feed.props'
$probes = 'HasOrleans', 'HasTorchSharp', 'HasSerilogAspNetCore', 'HasPrometheusExporter'

function Say($text) { [Console]::Error.WriteLine($text) }
function Fail($text) { Say $text; exit 1 }

# ---- The SDK ----------------------------------------------------------------------------------------------------

$page = 'https://dotnet.microsoft.com/download/dotnet/10.0'
$found = Get-Command dotnet -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
if (-not $found) { Fail "mnist needs the .NET 10 SDK, and there is no dotnet on the PATH: $page" }
$dotnet = $found.Path

# A command of the SDK: from the tree's root, for its global.json and nuget.config; nothing of it stays behind.
# Returns its lines; its exit code is in $LASTEXITCODE. In 5.1 a line on stderr must not end the script.
function Invoke-Sdk {
    $ErrorActionPreference = 'Continue'
    $env:MSBUILDDISABLENODEREUSE = '1'
    $env:DOTNET_NOLOGO = '1'
    Push-Location -LiteralPath $root
    try { $null | & $dotnet @args 2>&1 | ForEach-Object { "$_" } }
    finally { Pop-Location }
}

function Assert-Sdk {
    $lines = @(Invoke-Sdk '--version')
    $version = if ($LASTEXITCODE -eq 0 -and $lines.Count -gt 0) { $lines[0] } else { '' }
    if ($version -match '^10\.') { return }
    # Where none satisfies global.json there is no version to name.
    if (-not $version) { $version = @(Invoke-Sdk '--list-sdks' | ForEach-Object { $_ -replace ' .*' }) -join ', ' }
    if (-not $version) { $version = 'no SDK' }
    Fail "mnist needs the .NET 10 SDK, and $dotnet has ${version}: $page"
}

# ---- What changes a build ---------------------------------------------------------------------------------------

# The environment that shapes a build: MSBuild reads variables as properties.
function Get-Overrides {
    Get-ChildItem env: |
        Where-Object { $_.Name -match '^((Orleans|TorchSharp|Libtorch|SerilogAspNetCore|OpenTelemetry|PrometheusExporter)Version|Restore[A-Za-z]*)$' } |
        Sort-Object Name | ForEach-Object { "$($_.Name)=$($_.Value)" }
}

# One sum over lines of text and over the names and contents of files.
function Get-Sum($lines, $files) {
    $sha = [Security.Cryptography.SHA256]::Create()
    $all = New-Object IO.MemoryStream
    foreach ($line in @($lines)) {
        [byte[]]$bytes = [Text.Encoding]::UTF8.GetBytes("$line`n")
        $all.Write($bytes, 0, $bytes.Length)
    }
    foreach ($file in @($files | Sort-Object -Unique)) {
        [byte[]]$bytes = [Text.Encoding]::UTF8.GetBytes("$file`n") + $sha.ComputeHash([IO.File]::ReadAllBytes($file))
        $all.Write($bytes, 0, $bytes.Length)
    }
    [BitConverter]::ToString($sha.ComputeHash($all.ToArray())).Replace('-', '')
}

function Get-Files($folder) {
    if (Test-Path -LiteralPath $folder) {
        Get-ChildItem -LiteralPath $folder -Recurse -File | ForEach-Object { $_.FullName } |
            Where-Object { $_.Substring($folder.Length) -notmatch '[\\/](bin|obj)[\\/]|feed\.props\.' }
    }
}

# Changes with anything that could change the feed's answer.
function Get-FeedKey {
    $files = @(Get-Files (Join-Path $root 'eng/probe')) + (Join-Path $root 'Directory.Packages.props')
    for ($folder = $root; $folder; $folder = Split-Path -Parent $folder) { $files += Join-Path $folder 'nuget.config' }
    if ($env:APPDATA) {
        $files += Join-Path $env:APPDATA 'NuGet\NuGet.Config'
        $files += @(Get-Files (Join-Path $env:APPDATA 'NuGet\config'))
    }
    if (${env:ProgramFiles(x86)}) { $files += @(Get-Files (Join-Path ${env:ProgramFiles(x86)} 'NuGet\Config')) }
    Get-Sum (Get-Overrides) ($files | Where-Object { Test-Path -LiteralPath $_ -PathType Leaf })
}

function Get-Fingerprint($folders) {
    $lines = @(Get-Overrides) + @($probes + 'WithLibtorch' | ForEach-Object { "$_=$([Environment]::GetEnvironmentVariable($_))" })
    $files = @($folders + 'eng' | ForEach-Object { Get-Files (Join-Path $root $_) })
    $files += @(Get-ChildItem -LiteralPath $root -File | ForEach-Object { $_.FullName } |
        Where-Object { (Split-Path -Leaf $_) -match '^Directory\.|\.sln$|^\.editorconfig$|^global\.json$|^nuget\.config$' })
    Get-Sum $lines $files
}

# ---- What the feed has ------------------------------------------------------------------------------------------

# Those of the four that the user's environment has not settled.
function Get-OpenProbes { @($probes | Where-Object { -not [Environment]::GetEnvironmentVariable($_) }) }

# True where there is no open question, or eng/feed.props holds the answers to all under today's key.
function Test-FeedKnown {
    $open = @(Get-OpenProbes)
    if ($open.Count -eq 0) { return $true }
    if (-not (Test-Path -LiteralPath $feed)) { return $false }
    $text = [IO.File]::ReadAllText($feed)
    if (-not $text.Contains("key: $(Get-FeedKey) ")) { return $false }
    return @($open | Where-Object { -not $text.Contains("<$_ ") }).Count -eq 0
}

# Restores the probe projects once, and reads off the errors which of them the feed cannot serve.
# A remembered "missing" needs a definite answer; anything else, such as a feed that is silent, is an error.
function Read-Feed {
    if (Test-FeedKnown) { return }
    Assert-Sdk
    $scratch = Join-Path ([IO.Path]::GetTempPath()) "mnist.$([Guid]::NewGuid().ToString('N'))"
    try {
        Say 'Asking the package feed (first start only) ...'
        $env:ArtifactsPath = $scratch
        $log = @(Invoke-Sdk 'restore' 'eng/probe/probe.slnx' '--no-http-cache' '-v:q' '-nologo' '-tl:off')
        $restored = $LASTEXITCODE
        $errors = @($log -match ': error ')
        if ($restored -ne 0 -and $errors.Count -eq 0) { Fail "Asking the package feed failed: $($log | Select-Object -First 1)" }

        $open = @(Get-OpenProbes)
        $lines = @()
        $missing = @()
        foreach ($name in $probes) {
            $own = @($errors -match "$name\.csproj : error ")
            # No such package, no such version, only pre-releases; versions that are there but do not fit together.
            $unclear = @($own -notmatch ': error (NU1101|NU1102|NU1103|NU1107|NU1605):') + @($errors -notmatch 'Has\w+\.csproj : error ')
            if ($unclear.Count -gt 0) {
                if ($open -contains $name) {
                    Fail "The package feed gave no definite answer, and nothing is remembered: $($unclear[0] -replace '^.*?: error ', '')"
                }
                continue
            }
            $answer = if ($own.Count -eq 0) { 'true' } else { 'false' }
            if ($answer -eq 'false' -and $open -contains $name) { $missing += $name }
            $lines += "    <$name Condition=`"'`$($name)' == ''`">$answer</$name>"
        }
        foreach ($name in $missing) { Say "$(Invoke-Sdk 'msbuild' "eng/probe/$name.csproj" '-getProperty:StandInNotice' '-nologo')" }

        # The key is taken now, because the first restore on a machine writes the user's nuget.config.
        $text = @('<Project>', "  <!-- Written by mnist.ps1: what the package feed has. Delete this file to ask again. key: $(Get-FeedKey) -->",
            '  <PropertyGroup>') + $lines + @('  </PropertyGroup>', '</Project>', '')
        [IO.File]::WriteAllText("$feed.$PID", ($text -join "`n"))
        Move-Item -LiteralPath "$feed.$PID" -Destination $feed -Force
    }
    finally {
        $env:ArtifactsPath = $artifacts
        Remove-Item -LiteralPath $scratch -Recurse -Force -ErrorAction SilentlyContinue
    }
}

# ---- libtorch ---------------------------------------------------------------------------------------------------

# Half a gigabyte that only the torch engine needs: it joins the build when that engine is first asked for, and stays.
# The user's own WithLibtorch, true or false, has the last word.
function Set-Libtorch($rest) {
    if ($env:WithLibtorch) { return }
    if (Test-Path -LiteralPath (Join-Path $stamps 'libtorch')) { $env:WithLibtorch = 'true' }
    $before = ''
    foreach ($argument in $rest) {
        if ($argument -cmatch '^--engine[=:]torch$' -or ($before -ceq '--engine' -and $argument -ceq 'torch')) { $env:WithLibtorch = 'true' }
        $before = $argument
    }
}

function Test-BuildsLibtorch {
    if ($env:WithLibtorch -ne 'true' -or ($env:HasTorchSharp -and $env:HasTorchSharp -ne 'true')) { return $false }
    return -not ((Test-Path -LiteralPath $feed) -and [IO.File]::ReadAllText($feed) -match '<HasTorchSharp .*>false<')
}

function Show-Libtorch {
    if (-not (Test-BuildsLibtorch) -or (Test-Path -LiteralPath (Join-Path $stamps 'libtorch'))) { return }
    # Where this is not Windows, the build itself says whether there is one for the system.
    if ($env:PROCESSOR_ARCHITECTURE -and $env:PROCESSOR_ARCHITECTURE -ne 'AMD64') {
        Fail "The torch engine needs libtorch, which there is for linux-x64, osx-arm64 and win-x64, not for Windows on $env:PROCESSOR_ARCHITECTURE. The simd engine runs everywhere."
    }
    Say 'The torch engine needs libtorch: about 80 MB, fetched once into the package cache.'
}

# ---- Building what has changed ----------------------------------------------------------------------------------

# Open for this process alone, the file is a lock that ends with it.
function Get-Lock {
    New-Item -ItemType Directory -Force -Path (Join-Path $root 'artifacts') | Out-Null
    $said = $false
    while ($true) {
        try { return [IO.File]::Open((Join-Path $root 'artifacts/lock.ps1'), 'OpenOrCreate', 'ReadWrite', 'None') }
        catch [IO.IOException] {
            if (-not $said) { Say 'Waiting for another mnist that is building ...'; $said = $true }
            Start-Sleep -Milliseconds 500
        }
    }
}

function Test-Stamp($stamp, $sum) { (Test-Path -LiteralPath $stamp) -and [IO.File]::ReadAllText($stamp) -eq $sum }

# Builds a project in Release unless the stamp says that nothing in the folders has changed.
# $name is its folder under artifacts/bin, or "*" for the whole solution.
function Build($name, $project, $folders) {
    $stamp = Join-Path $stamps $name.Replace('*', 'solution')
    if ((Test-FeedKnown) -and (Test-Stamp $stamp (Get-Fingerprint $folders))) { return }

    $lock = Get-Lock
    try {
        Read-Feed
        $now = Get-Fingerprint $folders
        if (Test-Stamp $stamp $now) { return }
        $programs = Get-Fingerprint @('src', 'compat')
        $measurements = Get-Fingerprint @('bench', 'src', 'compat')
        Assert-Sdk
        Show-Libtorch
        if (Test-Path -LiteralPath $stamp) { Say 'Building what has changed ...' } else { Say 'Building (first start only) ...' }
        New-Item -ItemType Directory -Force -Path $stamps | Out-Null
        Remove-Item -LiteralPath $stamp -Force -ErrorAction SilentlyContinue
        $log = @(Invoke-Sdk 'build' $project '-c' 'Release' '-v:q' '-nologo' '-tl:off' '-clp:NoSummary' '-p:UseSharedCompilation=false')
        if ($LASTEXITCODE -ne 0) {
            [IO.File]::WriteAllLines("$stamp.log", [string[]]$log)
            # MSBuild names an error once for each project that meets it.
            $errors = @($log -match 'error' | Sort-Object -Unique)
            if ($errors.Count -eq 0) { $errors = $log }
            $errors | ForEach-Object { Say $_ }
            Fail "The build failed; all of its output is in $stamp.log"
        }
        [IO.File]::WriteAllText($stamp, $now)
        if (Test-BuildsLibtorch) { [IO.File]::WriteAllText((Join-Path $stamps 'libtorch'), '') }
        if ($name -eq '*') {
            foreach ($program in 'Coordinator', 'Silo') { [IO.File]::WriteAllText((Join-Path $stamps $program), $programs) }
            [IO.File]::WriteAllText((Join-Path $stamps 'Bench'), $measurements)
        }
    }
    finally { $lock.Dispose() }
}

# ---- Running ----------------------------------------------------------------------------------------------------

function Start-Program($folder, $name, $rest) {
    Build $name "$folder/$name/$name.csproj" (@($folder, 'src', 'compat') | Select-Object -Unique)
    & $dotnet (Join-Path $artifacts "bin/$name/release/MnistDistributed.$name.dll") @rest
    exit $LASTEXITCODE
}

function Start-Tests($rest) {
    $projects = @()
    while ($rest.Count -gt 0 -and (Test-Path -LiteralPath (Join-Path $root "tests/$($rest[0])/$($rest[0]).csproj") -PathType Leaf)) {
        $projects += $rest[0]
        $rest = @($rest | Select-Object -Skip 1)
    }
    $folders = @('src', 'compat', 'bench', 'tests')
    if ($projects.Count -gt 0) { foreach ($project in $projects) { Build $project "tests/$project/$project.csproj" $folders } }
    else {
        Build '*' 'MnistDistributed.sln' $folders
        $solution = [IO.File]::ReadAllText((Join-Path $root 'MnistDistributed.sln'))
        $projects = @([regex]::Matches($solution, '"tests[\\/]([^\\/"]+\.Tests)[\\/][^"]*\.csproj"') | ForEach-Object { $_.Groups[1].Value })
    }

    $results = Join-Path ([IO.Path]::GetTempPath()) "mnist.$([Guid]::NewGuid().ToString('N'))"
    $passed = 0; $failed = 0; $skipped = 0
    try {
        foreach ($project in $projects) {
            $dll = Join-Path $artifacts "bin/$project/release/MnistDistributed.$project.dll"
            $env:DOTNET_HOST_PATH = $dotnet
            Push-Location -LiteralPath $root
            try { & $dotnet test $dll --nologo --results-directory $results --logger 'console;verbosity=minimal' --logger "trx;LogFileName=$project.trx" @rest | Out-Host }
            finally { Pop-Location }
            $code = $LASTEXITCODE
            $total = 0; $executed = 0; $good = 0
            $trx = Join-Path $results "$project.trx"
            if (Test-Path -LiteralPath $trx) {
                $counts = [regex]::Match([IO.File]::ReadAllText($trx), '<Counters total="(\d+)" executed="(\d+)" passed="(\d+)"')
                if ($counts.Success) { $total, $executed, $good = 1..3 | ForEach-Object { [int]$counts.Groups[$_].Value } }
            }
            $passed += $good
            $skipped += $total - $executed
            $failed += $executed - $good
            if ($code -ne 0 -and $executed -eq $good) {
                Say "$project ended with exit code $code, though no test of it failed: counted as one failure."
                $failed++
            }
        }
    }
    finally { Remove-Item -LiteralPath $results -Recurse -Force -ErrorAction SilentlyContinue }

    if ($passed + $failed -eq 0) { Say 'No test ran.' }
    $last = "$passed passed, $failed failed"
    if ($skipped -gt 0) { $last += ", $skipped skipped" }
    [Console]::Out.WriteLine("`n$last")
    if ($failed -gt 0 -or $passed -eq 0) { exit 1 }
    exit 0
}

# The script runs in the caller's session: what it sets there is put back.
$before = @{}
foreach ($name in 'ArtifactsPath', 'WithLibtorch', 'MSBUILDDISABLENODEREUSE', 'DOTNET_NOLOGO', 'DOTNET_HOST_PATH') {
    $before[$name] = [Environment]::GetEnvironmentVariable($name)
}
try {
    $env:ArtifactsPath = $artifacts
    Set-Libtorch $arguments
    $command = if ($arguments.Count -gt 0) { $arguments[0] } else { '' }
    switch -CaseSensitive ($command) {
        'test' { Start-Tests @($arguments | Select-Object -Skip 1) }
        'silo' { Start-Program 'src' 'Silo' @($arguments | Select-Object -Skip 1) }
        'bench' { Start-Program 'bench' 'Bench' $arguments }
        'cluster' {
            if ($arguments.Count -gt 1 -and $arguments[1] -ceq 'up') { Build 'Silo' 'src/Silo/Silo.csproj' @('src', 'compat') }
            Start-Program 'src' 'Coordinator' $arguments
        }
        default { Start-Program 'src' 'Coordinator' $arguments }
    }
}
finally {
    foreach ($name in $before.Keys) {
        if ($null -ne $before[$name]) { Set-Item -LiteralPath "Env:$name" -Value $before[$name] }
        else { Remove-Item -LiteralPath "Env:$name" -ErrorAction SilentlyContinue }
    }
}
